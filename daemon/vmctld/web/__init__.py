"""The door for browsers: consoles of guests as web pages.  Imported only where it is open."""
