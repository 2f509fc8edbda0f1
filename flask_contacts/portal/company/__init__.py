"""The company of the visitor: its details, its colleagues, another one."""
