"""The book of guards, one text file for each room: see `book`."""
