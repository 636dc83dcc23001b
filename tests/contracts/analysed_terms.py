"""Which queries find which texts: one table for every engine."""

Row = tuple[str, str, tuple[str, ...], bool]

_NO_RULES: tuple[str, ...] = ()
_TEE = ("t-shirt, tee",)

_MATCHES = {
    "Café au lait": ["cafe", "CAFÉ", "cafe\u0301", "cafés", "lait"],
    "Übergröße Łódź": ["ubergrosse", "übergröße", "lodz", "UBERGRÖSSE"],
    "Smørrebrød Œuvre": ["smorrebrod", "oeuvre", "Œuvres"],
    "Red dresses": ["dress", "dresses", "DRESS", "red dress", "dress's", "dress~", "*dress"],
    "Running shoes": ["run", "shoe", "runs", "shoe running"],
    "Women's jackets": ["women", "women's", "womens", "women\u2019s jacket", "jacket"],
    "Levi's 501 jeans": ["levi", "levis", "levi's 501", "501"],
    "O'Neill parka": ["o'neill", "oneill", "o neill", "neill"],
    "Sony WH-1000XM4": [
        *["WH-1000XM4", "wh1000xm4", "WH1000 XM4", "wh 1000 xm 4", "wh-1000 xm4", "1000xm4"],
        *["sony wh1000xm4", "Wh 1000 Xm4", "xm4", "xm 4", "sony wh 1000 xm 4", "wh-1000 xm 4"],
    ],
    "WH1000XM5 headset": ["WH-1000XM5", "wh1000xm5", "WH1000 XM5", "wh 1000 xm 5"],
    "WH 1000 XM 6 case": ["WH-1000XM6", "wh1000 xm6", "wh 1000xm6"],
    "Cotton T-shirt": ["tshirt", "t-shirt", "t shirt", "T-Shirts", "tshirts", "shirt"],
    "Tshirt basic": ["t-shirt", "tshirt", "T-SHIRTS"],
    "USB-C cable 3.5mm": ["usb-c", "usbc", "usb c", "3.5mm", "3.5 mm", "usb 3.5 mm", "usb"],
    "Version 1.2.3 beta": ["1.2.3"],
    "Rock'n'roll tee": ["rock'n'roll", "rocknroll", "rock n roll"],
    "Off-white and/or grey": ["and", "or", "AND", "off white", "offwhite"],
    "日本語 カメラ": ["日本語", "カメラ"],
    "Красное платье": ["красное", "ПЛАТЬЕ"],
    "x² ½ inch": ["x2", "½", "½ inch"],
    "C++ & C# (books)": ["c", "books", "C#"],
}

_MISSES = {
    "Café au lait": ["caf", "cafeteria"],
    "Sony WH-1000XM4": [
        "wh-1000xm3",
        "1000wh",
        "xm4 1000 wh5",
        "WH-100",
        "wh-4",
        "4xm",
        "4",
        "1000",
    ],
    "WH1000XM5 headset": ["wh10", "1000-wh", "xm5-headset-wh"],
    "Cotton T-shirt": ["tee", "cotton-shirt", "tshirtcotton"],
    "USB-C cable 3.5mm": ["35mm", "3", "3.5", "mm", "mm 3.5", "5mm", "c-usb", "usbc-cable-usb"],
    "Red dresses": ["address", "dressed-red", "tred", "re*"],
    "日本語 カメラ": ["日本", "日本語カメラ"],
}

_BY_SYNONYMS: tuple[Row, ...] = (
    ("Cotton T-shirt", "tee", _TEE, True),
    ("Tshirt basic", "tees", _TEE, True),
    ("Rock'n'roll tee", "t-shirt", _TEE, True),
    ("Rock'n'roll tee", "tshirts", _TEE, True),
    ("Rock'n'roll tee", "t shirt", _TEE, True),
    ("Red dresses", "frock", ("frock, dress",), True),
    ("Red dresses", "frocks red", ("frock, dress",), True),
    ("Red dresses", "frock", ("frock => dress",), True),
    ("Running shoes", "trainers", ("trainers, running shoes",), True),
    ("Running shoes", "trainers", ("trainers, shoes running",), False),
    ("Red dresses", "dress", ("dress => frock",), True),
    ("Women's jackets", "ladies jacket", ("ladies, women",), True),
    ("Red dresses", "frock", ("dress => frock",), False),
    ("Cotton T-shirt", "silk tee", _TEE, False),
)

ANALYSED_TERMS: tuple[Row, ...] = (
    *((text, query, _NO_RULES, True) for text, queries in _MATCHES.items() for query in queries),
    *((text, query, _NO_RULES, False) for text, queries in _MISSES.items() for query in queries),
    *_BY_SYNONYMS,
)
"""Indexed text, query, synonym rules, and whether the text has all words of the query."""

INDEXED_TEXTS = tuple(_MATCHES)
