// The Shopee SDK of somebody else against our stand-in: each step's answer as JSON on stdout.
// Usage: node roundtrip.mjs <url of the stand-in> <partner id> <partner key>
import { ShopeeSDK } from "@congminh1254/shopee-sdk";

const [url, partnerId, partnerKey] = process.argv.slice(2);
const config = { partner_id: Number(partnerId), partner_key: partnerKey,
  base_url: `${url}/api/v2`, base_auth_url: `${url}/auth` };
const sdk = new ShopeeSDK(config);
const steps = {};

async function control(path, body = {}) {
  const answer = await fetch(`${url}/_control/${path}`, { method: "POST",
    body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error.data?.error ?? String(error);
  }
  return "";
}

// consent and tokens
const back = "http://127.0.0.1:9/back";
const consent = sdk.getAuthorizationUrl(back, { state: "s1" });
steps.consentPage = (await (await fetch(consent)).text()).includes("Đồng ý");
const agreed = await fetch(`${url}/auth`, { method: "POST", redirect: "manual",
  body: new URLSearchParams({ redirect_uri: back, shop_id: "", name: "SDK" }) });
const answer = new URL(agreed.headers.get("location")).searchParams;
const shopId = Number(answer.get("shop_id"));
const first = await sdk.authenticateWithCode(answer.get("code"), shopId);
steps.codeTwice = await refusal(() => sdk.auth.getAccessToken(answer.get("code"), shopId));
const second = await sdk.refreshToken();
steps.tokens = { lives: first.expire_in, rotated: first.refresh_token !== second.refresh_token };
steps.refreshTwice = await refusal(() => sdk.auth.getRefreshToken(first.refresh_token, shopId));
steps.shop = (await sdk.shop.getShopInfo()).shop_name;

// what goods need
const { category_list: categories } = (await sdk.product.getCategory({ language: "vi" })).response;
const leaf = categories.find((one) => !one.has_children);
steps.leaf = leaf.display_category_name;
const limits = (await sdk.product.getItemLimit({ category_id: leaf.category_id })).response;
steps.titleMax = limits.item_name_length_limit.max_limit;
const trees = (await sdk.product.getAttributeTree({ category_id_list: [leaf.category_id],
  language: "vn" })).response.list;
steps.attributes = trees[0].attribute_tree.length;
const channels = (await sdk.logistics.getChannelList()).response.logistics_channel_list;
const services = channels.filter((one) => one.enabled && !one.mask_channel_id);

// goods
const jpeg = Buffer.concat([Buffer.from("ffd8ffe0", "hex"), Buffer.alloc(600, 7)]);
const uploaded = (await sdk.mediaSpace.uploadImage({ image: jpeg })).response;
const imageId = uploaded.image_info.image_id;
const goods = {
  item_name: "Chè Shan tuyết Hà Giang 200 g", description: "Chè cổ thụ, hái tay, sao thủ công.",
  original_price: 250000, weight: 0.25, category_id: leaf.category_id, item_sku: "SDK-1",
  image: { image_id_list: [imageId] }, seller_stock: [{ stock: 9 }],
  logistic_info: services.map((one) => ({ logistic_id: one.logistics_channel_id, enabled: true })),
};
const item = (await sdk.product.addItem(goods)).response.item_id;
steps.noPicture = await refusal(() => sdk.product.addItem({ ...goods,
  image: { image_id_list: ["vn-nothing-was-uploaded-under-this"] } }));
steps.priceDone = (await sdk.product.updatePrice({ item_id: item,
  price_list: [{ model_id: 0, original_price: 265000 }] })).response.success_list.length;
steps.stockDone = (await sdk.product.updateStock({ item_id: item,
  stock_list: [{ model_id: 0, seller_stock: [{ stock: 7 }] }] })).response.success_list.length;
const listed = (await sdk.product.getItemList({ offset: 0, page_size: 10,
  item_status: ["NORMAL", "UNLIST"] })).response;
steps.listed = listed.item.map((one) => one.item_id === item);
const [row] = (await sdk.product.getItemBaseInfo({ item_id_list: [item] })).response.item_list;
steps.item = { id: item, sku: row.item_sku, price: row.price_info[0].original_price,
  stock: row.stock_info_v2.summary_info.total_available_stock, status: row.item_status };
steps.found = (await sdk.product.searchItem({ page_size: 10, item_sku: "SDK-1" }))
  .response.item_id_list.includes(item);
await control(`items/${item}`, { reserved: 3 });
const locked = (await sdk.product.updateStock({ item_id: item,
  stock_list: [{ model_id: 0, seller_stock: [{ stock: 2 }] }] })).response;
steps.locked = locked.failure_list[0].failed_reason;
await control(`items/${item}`, { reserved: 0 });
steps.hidden = (await sdk.product.unlistItem({ item_list: [{ item_id: item, unlist: true }] }))
  .response.success_list[0].unlist;
await sdk.product.unlistItem({ item_list: [{ item_id: item, unlist: false }] });

// an order, with a token that ended in between
const made = await control("orders", { lines: [{ item_id: item, quantity: 2 }] });
await control(`shops/${shopId}`, { expire_access: true });
const now = Math.floor(Date.now() / 1000);
const orders = (await sdk.order.getOrderList({ time_range_field: "update_time",
  time_from: now - 3600, time_to: now + 60, page_size: 20,
  response_optional_fields: "order_status" })).response;
steps.orders = orders.order_list.map((one) => one.order_sn === made.order_sn);
const detail = (await sdk.order.getOrderDetail({ order_sn_list: [made.order_sn],
  response_optional_fields: ["item_list", "total_amount"] })).response.order_list[0];
steps.order = { status: detail.order_status, total: detail.total_amount,
  units: detail.item_list[0].model_quantity_purchased };
const income = (await sdk.payment.getEscrowDetail({ order_sn: made.order_sn })).response;
steps.commission = income.order_income.commission_fee;
steps.lost = (await sdk.push.getLostPushMessage()).response.push_message_list.length;

// a stranger's key
const stranger = new ShopeeSDK({ ...config, partner_key: `${partnerKey}x` });
steps.stranger = await refusal(() => stranger.auth.getAccessToken("x", shopId));
process.stdout.write(JSON.stringify({ ...steps, shopId, orderSn: made.order_sn }));
