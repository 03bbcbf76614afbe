"""The overlay in front of moto.

Who calls, whether they may, and answers where moto has none or a wrong one.
"""
