"""What pages need to know of people: who is signed in, in which role, and what is logged of what they take away."""
