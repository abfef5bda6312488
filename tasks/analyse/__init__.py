"""Switch off or vary one part of the method at a time, and measure on validation questions what it is worth."""
