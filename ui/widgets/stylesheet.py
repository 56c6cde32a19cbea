"""The one Qt style sheet, generated from tokens.

Law: pure text made from `Colors` and `Metrics`, which are checked when read; nothing a server, a
View or a person wrote ever reaches it. Widgets are addressed by class and by the dynamic
properties `variant`, `tone`, `step` and `surface`. Called by `theme.py`.
"""

from __future__ import annotations

from dataclasses import fields

from ui.widgets.tokens import Colors, Fill, Metrics, Mode, Tones

ART = "mcphostart"
"""Qt search path of `resources/themes`, so that no file path enters the sheet."""


def build_stylesheet(colors: Colors, metrics: Metrics, mode: Mode) -> str:
    """The whole sheet for *mode*. Pictures are found through Qt's search path `ART`."""
    return "\n".join(
        (
            _surfaces(colors, metrics),
            _labels(colors, metrics),
            _buttons(colors, metrics),
            _inputs(colors, metrics, mode),
            _lists(colors, metrics),
            _scrollbars(colors),
            _badges(colors, metrics),
        )
    )


def _surfaces(c: Colors, m: Metrics) -> str:
    sheet = f"""
QWidget {{ color: {c.text.primary}; }}
QMainWindow, QDialog {{ background: {c.background.primary}; }}
*[surface="page"] {{ background: {c.background.primary}; }}
*[surface="side"] {{ background: {c.background.secondary}; }}
*[surface="sunken"] {{ background: {c.background.secondary};
  border: 1px solid {c.border.secondary}; border-radius: {m.radius["md"]}px; }}
*[surface="card"] {{ background: {c.background.primary};
  border: 1px solid {c.border.secondary}; border-radius: {m.radius["lg"]}px; }}
*[surface="raised"] {{ background: {c.background.secondary};
  border: 1px solid {c.border.tertiary}; border-radius: {m.radius["lg"]}px; }}
*[surface="line"] {{ background: {c.border.secondary}; border: none; }}
*[surface="consent-band"] {{ background: {c.consent_band.base}; }}
QToolTip {{ background: {c.background.inverse}; color: {c.text.inverse};
  border: 1px solid {c.border.secondary}; padding: 4px 8px; }}
QSplitter::handle {{ background: {c.border.secondary}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
"""
    for tone in ("info", "success", "warning", "danger"):
        sheet += f"""
*[surface="banner-{tone}"] {{ background: {_of(c.background, tone)};
  border: 1px solid {_of(c.border, tone)}; border-radius: {m.radius["md"]}px; }}
"""
    return sheet


def _labels(c: Colors, m: Metrics) -> str:
    rules = ["QLabel { background: transparent; border: none; }"]
    for tone in fields(Tones):
        rules.append(f'QLabel[tone="{tone.name}"] {{ color: {_of(c.text, tone.name)}; }}')
    rules.append(f'QLabel[tone="accent"] {{ color: {c.accent.base}; }}')
    rules.append(f'QLabel[tone="on-band"] {{ color: {c.consent_band.on}; }}')
    for name, (size, _) in m.text.items():
        rules.append(f'QLabel[step="{name}"] {{ font-size: {size}px; }}')
    for name, (size, _) in m.heading.items():
        weight = m.weight["semibold"]
        rules.append(
            f'QLabel[step="heading-{name}"] {{ font-size: {size}px; font-weight: {weight}; }}'
        )
    rules.append(f'QLabel[strong="true"] {{ font-weight: {m.weight["semibold"]}; }}')
    return "\n".join(rules)


def _buttons(c: Colors, m: Metrics) -> str:
    base = f"""
QPushButton {{ background: {c.background.primary}; color: {c.text.primary};
  border: 1px solid {c.border.primary}; border-radius: {m.radius["sm"]}px;
  padding: 6px 14px; min-height: 20px; font-weight: {m.weight["medium"]}; }}
QPushButton:hover {{ background: {c.background.secondary}; }}
QPushButton:pressed {{ background: {c.background.tertiary}; }}
QPushButton:focus {{ border: 2px solid {c.ring.primary}; padding: 5px 13px; }}
QPushButton:disabled {{ background: {c.background.disabled}; color: {c.text.disabled};
  border-color: {c.border.disabled}; }}
QPushButton[variant="link"] {{ background: transparent; border: 2px solid transparent;
  color: {c.accent.base}; padding: 2px 6px; }}
QPushButton[variant="link"]:hover {{ color: {c.accent.hover}; background: {c.selection.hover}; }}
QPushButton[variant="link"]:focus {{ border-color: {c.ring.primary}; padding: 2px 6px; }}
QPushButton[variant="link"]:disabled {{ color: {c.text.disabled}; background: transparent; }}
QToolButton {{ background: transparent; border: 2px solid transparent;
  border-radius: {m.radius["sm"]}px; padding: 4px; }}
QToolButton:hover {{ background: {c.background.tertiary}; }}
QToolButton:focus {{ border-color: {c.ring.primary}; }}
QToolButton[variant="nav"] {{ padding: 6px 10px; text-align: left; color: {c.text.secondary};
  font-weight: {m.weight["medium"]}; }}
QToolButton[variant="nav"]:checked {{ background: {c.selection.base}; color: {c.selection.on}; }}
"""
    return base + _filled("primary", c.accent, c) + _filled("danger", c.danger, c)


def _filled(variant: str, fill: Fill, c: Colors) -> str:
    me = f'QPushButton[variant="{variant}"]'
    return f"""
{me} {{ background: {fill.base}; color: {fill.on}; border: 1px solid {fill.base}; }}
{me}:hover {{ background: {fill.hover}; border-color: {fill.hover}; }}
{me}:pressed {{ background: {fill.pressed}; border-color: {fill.pressed}; }}
{me}:focus {{ border: 2px solid {c.text.primary}; }}
{me}:disabled {{ background: {c.background.disabled}; color: {c.text.disabled};
  border-color: {c.border.disabled}; }}
"""


def _inputs(c: Colors, m: Metrics, mode: Mode) -> str:
    fields_ = "QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox"
    focus = ", ".join(f"{name.strip()}:focus" for name in fields_.split(","))
    off = ", ".join(f"{name.strip()}:disabled" for name in fields_.split(","))
    return f"""
{fields_} {{ background: {c.background.primary}; color: {c.text.primary};
  border: 1px solid {c.border.primary}; border-radius: {m.radius["sm"]}px; padding: 5px 8px;
  selection-background-color: {c.accent.base}; selection-color: {c.accent.on}; }}
{focus} {{ border: 2px solid {c.ring.primary}; padding: 4px 7px; }}
{off} {{ background: {c.background.disabled}; color: {c.text.disabled};
  border-color: {c.border.disabled}; }}
QLineEdit, QComboBox, QAbstractSpinBox {{ min-height: 22px; }}
QLineEdit[problem="true"], QPlainTextEdit[problem="true"], QComboBox[problem="true"],
QAbstractSpinBox[problem="true"] {{ border: 2px solid {c.ring.danger}; padding: 4px 7px; }}
QPlainTextEdit[variant="code"] {{ background: {c.background.secondary};
  border: 1px solid {c.border.secondary}; padding: 0px; }}
QPlainTextEdit[variant="code"]:focus {{ border: 2px solid {c.ring.primary}; padding: 0px; }}
QTextEdit[variant="bare"], QTextEdit[variant="bare"]:focus {{
  background: transparent; border: none; padding: 0px; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url({ART}:{mode}-down.svg); width: 14px; height: 14px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QComboBox QAbstractItemView {{ background: {c.background.primary};
  border: 1px solid {c.border.secondary}; selection-background-color: {c.selection.base};
  selection-color: {c.selection.on}; outline: none; }}
QCheckBox, QRadioButton {{ spacing: 8px; padding: 3px; border: 2px solid transparent;
  border-radius: {m.radius["xs"]}px; background: transparent; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {c.ring.primary}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {c.text.disabled}; }}
QCheckBox::indicator, QListView::indicator {{ width: 16px; height: 16px;
  border: 1px solid {c.border.primary}; border-radius: {m.radius["xs"]}px;
  background: {c.background.primary}; }}
QCheckBox::indicator:checked, QListView::indicator:checked {{ background: {c.accent.base};
  border-color: {c.accent.base}; image: url({ART}:{mode}-check.svg); }}
QRadioButton::indicator {{ width: 16px; height: 16px; border: 1px solid {c.border.primary};
  border-radius: 8px; background: {c.background.primary}; }}
QRadioButton::indicator:checked {{ width: 8px; height: 8px; border: 5px solid {c.accent.base};
  border-radius: 9px; background: {c.accent.on}; }}
QCheckBox::indicator:disabled {{ background: {c.background.disabled};
  border-color: {c.border.disabled}; }}
"""


def _lists(c: Colors, m: Metrics) -> str:
    return f"""
QListView, QTreeView, QTableView {{ background: {c.background.primary};
  alternate-background-color: {c.background.secondary}; border: 1px solid {c.border.secondary};
  border-radius: {m.radius["md"]}px; selection-background-color: {c.selection.base};
  selection-color: {c.selection.on}; gridline-color: {c.border.tertiary}; outline: none; }}
QListView:focus, QTreeView:focus, QTableView:focus {{ border: 2px solid {c.ring.primary}; }}
QListView::item, QTreeView::item {{ padding: 6px 8px; border-radius: {m.radius["sm"]}px; }}
QListView::item:hover, QTreeView::item:hover {{ background: {c.selection.hover}; }}
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {{
  background: {c.selection.base}; color: {c.selection.on}; }}
QHeaderView::section {{ background: {c.background.secondary}; color: {c.text.secondary};
  border: none; border-bottom: 1px solid {c.border.secondary}; padding: 6px 8px;
  font-weight: {m.weight["medium"]}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {c.border.secondary}; }}
QTabBar::tab {{ background: transparent; color: {c.text.secondary}; padding: 8px 14px;
  border-bottom: 2px solid transparent; font-weight: {m.weight["medium"]}; }}
QTabBar::tab:selected {{ color: {c.text.primary}; border-bottom-color: {c.accent.base}; }}
QTabBar::tab:focus {{ color: {c.accent.base}; }}
QMenu {{ background: {c.background.primary}; border: 1px solid {c.border.secondary};
  padding: 4px; }}
QMenu::item {{ padding: 6px 18px; border-radius: {m.radius["xs"]}px; }}
QMenu::item:selected {{ background: {c.selection.base}; color: {c.selection.on}; }}
QProgressBar {{ background: {c.background.tertiary}; border: none; border-radius: 3px;
  max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {c.accent.base}; border-radius: 3px; }}
"""


def _scrollbars(c: Colors) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {c.border.primary}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {c.text.tertiary}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _badges(c: Colors, m: Metrics) -> str:
    shape = (
        f"border-radius: 10px; padding: 1px 9px; font-size: {m.text['xs'][0]}px; "
        f"font-weight: {m.weight['medium']};"
    )
    neutral = f"""
QLabel[badge="neutral"] {{ background: {c.background.tertiary}; color: {c.text.secondary};
  border: 1px solid {c.border.secondary}; {shape} }}
QLabel[badge="accent"] {{ background: {c.selection.base}; color: {c.selection.on};
  border: 1px solid {c.selection.pressed}; {shape} }}
"""
    return neutral + "".join(
        f"""
QLabel[badge="{tone}"] {{ background: {_of(c.background, tone)}; color: {_of(c.text, tone)};
  border: 1px solid {_of(c.border, tone)}; {shape} }}
"""
        for tone in ("info", "success", "warning", "danger")
    )


def _of(tones: Tones, name: str) -> str:
    return str(getattr(tones, name))
