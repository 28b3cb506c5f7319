"""How currencies are written, by ISO 4217 code, and units of measure by the name that values use."""

from __future__ import annotations

PREFIXES: dict[str, str] = {
    "$": "USD", "us$": "USD", "usd": "USD", "a$": "AUD", "au$": "AUD", "aud": "AUD", "c$": "CAD", "ca$": "CAD",
    "cad": "CAD", "hk$": "HKD", "hkd": "HKD", "nt$": "TWD", "twd": "TWD", "s$": "SGD", "sg$": "SGD", "sgd": "SGD",
    "nz$": "NZD", "nzd": "NZD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "rmb": "CNY", "cny": "CNY",
    "jpy": "JPY", "krw": "KRW", "₩": "KRW", "inr": "INR", "₹": "INR", "chf": "CHF", "thb": "THB", "฿": "THB",
    "₽": "RUB", "rub": "RUB", "myr": "MYR", "mop": "MOP", "mxn": "MXN", "r$": "BRL", "brl": "BRL",
}  # fmt: skip
"""Signs and codes before an amount, in both languages."""

CODES: dict[str, str] = {form: code for form, code in PREFIXES.items() if form.isalpha()}
"""Codes that stand after an amount as well."""

ZH_PREFIXES: dict[str, str] = PREFIXES | {
    "人民币": "CNY", "¥": "CNY", "美元": "USD", "美金": "USD", "港币": "HKD", "港元": "HKD", "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
}  # fmt: skip
ZH_SUFFIXES: dict[str, str] = CODES | {
    "美元": "USD", "美金": "USD", "美刀": "USD", "港币": "HKD", "港元": "HKD", "港纸": "HKD", "欧元": "EUR",
    "欧": "EUR",
    "日元": "JPY", "日币": "JPY", "日圆": "JPY", "英镑": "GBP", "新台币": "TWD", "台币": "TWD",
    "韩元": "KRW", "韩币": "KRW",
    "澳元": "AUD", "澳币": "AUD", "加元": "CAD", "加币": "CAD", "新币": "SGD", "新加坡元": "SGD", "泰铢": "THB",
    "卢布": "RUB", "瑞士法郎": "CHF", "澳门元": "MOP", "卢比": "INR", "林吉特": "MYR", "纽币": "NZD",
    "人民币": "CNY",
    "元人民币": "CNY", "块人民币": "CNY", "€": "EUR", "£": "GBP",
}  # fmt: skip
EN_SUFFIXES: dict[str, str] = CODES | {
    "dollar": "USD", "dollars": "USD", "us dollars": "USD", "us dollar": "USD", "u.s. dollars": "USD",
    "american dollars": "USD", "buck": "USD", "bucks": "USD", "quid": "GBP", "pounds sterling": "GBP",
    "british pounds": "GBP", "pound sterling": "GBP", "euro": "EUR", "euros": "EUR", "€": "EUR", "£": "GBP",
    "yuan": "CNY", "renminbi": "CNY", "chinese yuan": "CNY", "yen": "JPY", "japanese yen": "JPY",
    "hong kong dollars": "HKD", "australian dollars": "AUD", "aussie dollars": "AUD", "canadian dollars": "CAD",
    "singapore dollars": "SGD", "new zealand dollars": "NZD", "taiwan dollars": "TWD", "swiss francs": "CHF",
    "korean won": "KRW", "rupees": "INR", "indian rupees": "INR", "baht": "THB", "roubles": "RUB",
    "rubles": "RUB", "ringgit": "MYR",
}  # fmt: skip

SYMBOLS: dict[str, str] = {
    "kg": "kg", "g": "g", "mg": "mg", "t": "t", "lb": "lb", "lbs": "lb", "oz": "oz", "m": "m", "cm": "cm",
    "mm": "mm",
    "km": "km", "ft": "ft", "mi": "mi", "l": "L", "ml": "mL", "gal": "gal", "m2": "m2", "m^2": "m2", "sqm": "m2",
    "km2": "km2", "cm2": "cm2", "m3": "m3", "tb": "TB", "gb": "GB", "mb": "MB", "kb": "KB", "mbps": "Mbps",
    "gbps": "Gbps", "kbps": "kbps", "mb/s": "MB/s", "w": "W", "kw": "kW", "v": "V", "kwh": "kWh", "wh": "Wh",
    "mah": "mAh", "ah": "Ah", "°c": "degC", "°f": "degF", "hz": "Hz", "khz": "kHz", "mhz": "MHz", "ghz": "GHz",
    "cc": "cc", "db": "dB", "km/h": "km/h", "mph": "mph", "inch": "in", "inches": "in", "rpm": "rpm", "nm": "nm",
}  # fmt: skip
"""Symbols in both languages, folded to lower case."""

ZH_UNITS: dict[str, str] = SYMBOLS | {
    "公斤": "kg", "千克": "kg", "克": "g", "毫克": "mg", "吨": "t", "斤": "jin", "市斤": "jin", "磅": "lb",
    "盎司": "oz",
    "米": "m", "公尺": "m", "厘米": "cm", "公分": "cm", "毫米": "mm", "公里": "km", "千米": "km", "英寸": "in",
    "吋": "in", "寸": "in", "英尺": "ft", "英里": "mi", "升": "L", "公升": "L", "毫升": "mL", "加仑": "gal",
    "平方米": "m2", "平米": "m2", "平方": "m2", "平": "m2", "立方米": "m3", "立方": "m3", "平方公里": "km2",
    "瓦": "W", "瓦特": "W", "千瓦": "kW", "伏": "V", "伏特": "V", "千瓦时": "kWh", "度电": "kWh", "毫安": "mAh",
    "毫安时": "mAh", "摄氏度": "degC", "度": "degC", "华氏度": "degF", "赫兹": "Hz", "分贝": "dB", "兆赫": "MHz",
}  # fmt: skip
EN_UNITS: dict[str, str] = SYMBOLS | {
    "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "kgs": "kg", "gram": "g", "grams": "g",
    "gramme": "g", "grammes": "g", "milligrams": "mg", "tonne": "t", "tonnes": "t", "metric tons": "t", "ton": "t",
    "tons": "t", "ounce": "oz", "ounces": "oz", "metre": "m", "metres": "m", "meter": "m", "meters": "m",
    "centimetre": "cm", "centimetres": "cm", "centimeter": "cm", "centimeters": "cm", "millimetre": "mm",
    "millimetres": "mm", "millimeter": "mm", "millimeters": "mm", "kilometre": "km", "kilometres": "km",
    "kilometer": "km", "kilometers": "km", "kms": "km", "foot": "ft", "feet": "ft", "mile": "mi", "miles": "mi",
    "yard": "yd", "yards": "yd", "litre": "L", "litres": "L", "liter": "L", "liters": "L", "millilitre": "mL",
    "millilitres": "mL", "milliliter": "mL", "milliliters": "mL", "mls": "mL", "gallon": "gal", "gallons": "gal",
    "square metres": "m2", "square metre": "m2", "square meters": "m2", "square meter": "m2", "sq m": "m2",
    "square feet": "ft2", "square foot": "ft2", "sq ft": "ft2", "gig": "GB", "gigs": "GB", "gigabyte": "GB",
    "gigabytes": "GB", "megabyte": "MB", "megabytes": "MB", "terabyte": "TB", "terabytes": "TB",
    "megabits per second": "Mbps", "watt": "W", "watts": "W", "kilowatt": "kW", "kilowatts": "kW", "volt": "V",
    "volts": "V", "kilowatt hours": "kWh", "kilowatt-hours": "kWh", "kilowatt hour": "kWh",
    "milliamp hours": "mAh",
    "milliamp-hours": "mAh", "degrees celsius": "degC", "degrees centigrade": "degC", "degrees c": "degC",
    "celsius": "degC", "degrees fahrenheit": "degF", "degrees f": "degF", "hertz": "Hz", "megahertz": "MHz",
}  # fmt: skip
