"""Texts of shops, short and long, on which an exported model is compared with its original."""

_LONG_DRESS = (
    "This floor-length evening gown is cut from fluid silk satin that catches the light with every "
    "step. A draped cowl neckline falls softly at the front, while the back is left open and held "
    "by slender crossed straps. The skirt is cut on the bias, skims the hips and opens into a "
    "gentle flare below the knee. Fully lined, with a concealed zip at the side seam. Our model is "
    "178 cm tall and wears a size 36. Dry clean only. Made in Italy from certified mulberry silk. "
)
_LONG_PRINTER = (
    "Multifunction laser printer with automatic double-sided printing, a 50-sheet document feeder "
    "and a colour touch screen. Prints up to 38 pages per minute at 1200 x 1200 dpi, scans to "
    "e-mail, network folder and USB stick, and copies both sides of an identity card on one page. "
    "Gigabit Ethernet, dual-band Wi-Fi, 512 MB of memory, 250-sheet cassette and a 50-sheet tray. "
)

SHOP_TEXTS: tuple[str, ...] = (
    "",
    "a",
    "dress",
    "red dress",
    "crimson gown",
    "robe d'été à fleurs",
    "Kleid für große Größen",
    "vestido de niña de algodón",
    "camisa de manga comprida São Paulo",
    "żółta sukienka wieczorowa",
    "ΓΥΝΑΙΚΕΙΟ ΦΟΡΕΜΑ",
    "красное платье",
    "赤いドレス",
    "فستان أحمر",
    "flowy summer dress in earth tones",
    "something to wear at a beach wedding in September",
    "red dress from Red Valentino",
    "like this, but longer and in navy",
    "black leather ankle boots with block heel, size 38",
    "men's slim-fit stretch chinos 32/34",
    "unisex oversized hoodie (organic cotton, 350 g/m²)",
    "cashmere-blend turtleneck sweater, camel",
    "pleated midi skirt with elasticated waist",
    "high-waisted wide-leg jeans, raw hem",
    "quilted crossbody bag with gold-tone chain",
    "sterling silver hoop earrings 25 mm",
    "polarised aviator sunglasses UV400",
    "waterproof trail running shoes GORE-TEX",
    "wool-blend double-breasted coat",
    "linen shirt, stripes, button-down collar",
    "kids' dinosaur pyjamas, 2-pack, age 4-5",
    "swimwear > bikinis > tops",
    "Women / Clothing / Dresses / Evening",
    "material: 95% viscose, 5% elastane; colour: burgundy; season: AW24",
    "WH-1000XM4",
    "wh1000xm4 noise cancelling headphones",
    "iPhone 15 Pro Max 256GB Titanium",
    "USB-C to HDMI 2.1 adapter 8K@60Hz",
    '27" IPS monitor 2560x1440 165Hz 1ms',
    "laser printer",
    "HP LaserJet Pro M404dn A4 mono 38 ppm",
    "SSD 1TB NVMe M.2 2280 PCIe 4.0 7000 MB/s",
    "DDR4 16 GB 3200 MHz SO-DIMM CL22",
    "windows 10 pro oem 64-bit",
    "gaming keyboard, mechanical, RGB, QWERTZ",
    "4006381333931",
    "SKU 00-771-AB/9",
    "£49.99 was £79.99 (-37%)",
    "100 %",
    "!!! SALE !!! up to 70% off everything",
    "???",
    "   surrounded   by\tblank \n space   ",
    "UPPERCASE TITLE OF A PRODUCT",
    "rde drses wiht long sleves",
    "dress dress dress dress dress dress dress dress dress dress",
    "emoji 👗🔥 party look",
    "<b>New</b> arrivals &amp; more",
    "supercalifragilisticexpialidocious-shimmering-tulle",
    "coffee machine with milk frother and 15 bar pump",
    "office chair with lumbar support and adjustable armrests",
    "stainless steel water bottle 750 ml, keeps cold for 24 hours",
    "replacement HEPA filter for vacuum cleaner models V8, V10 and V11",
    _LONG_DRESS,
    _LONG_DRESS * 4,
    _LONG_PRINTER,
    _LONG_PRINTER * 4,
)
"""Every kind of text an encoder meets: other scripts, codes, noise, nothing, and too much."""
