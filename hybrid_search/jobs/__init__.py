"""Work that goes on after a request: what can be asked, who does it, and how far it is."""
