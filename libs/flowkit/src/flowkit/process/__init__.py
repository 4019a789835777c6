"""What makes a program of services: its settings, its life and its end, its ops port."""
