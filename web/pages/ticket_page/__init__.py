"""The parts of a ticket's page for staff: what its forms do, and what is shown around the thread."""
