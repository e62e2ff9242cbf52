"""Sample media made by a script from one public-domain portrait; nothing here is shipped."""
