"""Stands in for notification, where a test is of the command and not of the service."""

import asyncio

import stand_in

asyncio.run(stand_in.main())
