"""The few pages a person sees of the stand-in, in the language of its marketplace."""

from html import escape
from typing import Final

from integrations.channels.shopee.standin.state import Item, Shop
from integrations.contracts.money import format_vnd

STYLE: Final = """
body{font:16px/1.5 system-ui,"Noto Sans",sans-serif;margin:0;background:#f5f5f5;color:#222}
header{background:#c8431f;color:#fff;padding:12px 16px;font-weight:700}
main{max-width:60rem;margin:0 auto;padding:16px}
h1{font-size:1.25rem}
form,.card{background:#fff;border:1px solid #ddd;border-radius:8px;padding:16px}
label{display:flex;gap:8px;align-items:center;min-height:44px}
input[type=text]{font:inherit;padding:8px;border:1px solid #888;border-radius:6px;width:100%}
button{font:inherit;font-weight:700;background:#c8431f;color:#fff;border:0;border-radius:6px;
 padding:12px 24px;min-height:44px;margin-top:12px}
.grid{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));padding:0;
 list-style:none}
.card{padding:0;overflow:hidden}
.card div{padding:8px 12px}
.card img{display:block;width:100%;aspect-ratio:1;object-fit:cover;background:#eee}
.price{color:#a8330f;font-weight:700}
.muted{color:#595959;font-size:.875rem}
"""
_STATES: Final = {
    "NORMAL": "Đang bán",
    "UNLIST": "Đã ẩn",
    "REVIEWING": "Đang chờ duyệt",
    "BANNED": "Bị khóa",
    "SELLER_DELETE": "Đã xóa",
}


def consent(shops: list[Shop], redirect_uri: str) -> str:
    """The question, with the shops there are and a name for a new one."""
    known = "".join(
        f'<label><input type="radio" name="shop_id" value="{shop.shop_id}">'
        f"{escape(shop.name)} · {shop.shop_id}</label>"
        for shop in shops
    )
    return _page(
        "Cho phép ứng dụng",
        "<h1>Cho phép ứng dụng Gánh bán hàng thay gian hàng?</h1>"
        '<form method="post" action="auth">'
        f'<input type="hidden" name="redirect_uri" value="{escape(redirect_uri)}">{known}'
        '<label><input type="radio" name="shop_id" value="" checked>Gian hàng mới</label>'
        '<label>Tên <input type="text" name="name" value="Gian hàng quê"></label>'
        '<button type="submit">Đồng ý</button></form>',
    )


def shop_page(shop: Shop, items: list[Item]) -> str:
    """What buyers see: pictures, prices, stock."""
    cards = "".join(
        f'<li class="card" id="{item.item_id}"><img src="../img/{escape(item.picture_ids[0])}"'
        f' alt="{escape(item.name)}"><div>{escape(item.name)}</div>'
        f'<div class="price">{format_vnd(item.price_vnd)}</div>'
        f'<div class="muted">Còn {item.stock} · {_STATES[item.status]}</div></li>'
        for item in items
    )
    return _page(
        shop.name,
        f"<h1>{escape(shop.name)}</h1>"
        + (f'<ul class="grid">{cards}</ul>' if cards else "<p>Chưa có hàng nào.</p>"),
        up="../",
    )


def refusal(sentence: str) -> str:
    """Why the page cannot be shown."""
    return _page("Không mở được", f"<h1>{escape(sentence)}</h1>")


def _page(title: str, body: str, *, up: str = "") -> str:
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{up}style.css"></head>'
        f"<body><header>Sàn mô phỏng Shopee</header><main>{body}</main></body></html>"
    )
