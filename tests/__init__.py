"""The tests; a package, so that helpers have one full name (``tests.browser.lab``) and cannot be shadowed."""
