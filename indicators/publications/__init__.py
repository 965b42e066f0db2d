"""Papers counted: own, international, among the most cited; whole and by fractions; on one machine or many."""
