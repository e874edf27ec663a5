"""Asyncio client for the OCR services of Huawei Cloud and G42 Cloud."""
