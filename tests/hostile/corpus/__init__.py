"""The leak corpus: ways for a document to reach the network, as data, and the pages made of them.

Each `*.txt` is one class of vectors: `=== name flags`, then what the vector does, as HTML or (flag
`js`) as the body of an async function. Pure.
"""
