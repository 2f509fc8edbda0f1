"""One change made to many contacts: counted first, then done some at a time.

``changes`` are what can be done, ``selection`` says to whom, ``ledger`` keeps the rules that
hold between the contacts of a customer, ``planning`` counts without changing anything, and
``running`` does it in short transactions, so that it can be interrupted and begun again.
"""
