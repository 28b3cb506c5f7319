// What any shop's own script does: a basket, a checkout, and telling the chat what happens.
const lang = document.documentElement.lang;
const tag = document.querySelector("script[data-site]");

/** The chat's tag loads by itself; what happens before is told when it has. */
const report = (kind, details) => {
  const tell = () => window.xiaoer.event(kind, details);
  if (window.xiaoer) tell();
  else tag.addEventListener("load", tell, { once: true });
};

/** The basket: how many of what. */
const basket = {
  read() {
    try {
      return JSON.parse(localStorage.getItem("lantern:basket")) ?? {};
    } catch {
      return {};
    }
  },
  keep(items) {
    localStorage.setItem("lantern:basket", JSON.stringify(items));
    const value = Object.entries(items).reduce((sum, [, one]) => sum + one.count * one.price, 0);
    report("cart_changed", { value, currency: "CNY" });
  },
};

const say = (id, key) => {
  const place = document.getElementById(id);
  place.textContent = place.dataset[key];
};

report("page_viewed");

const goods = document.querySelector("[data-product]");
if (goods) {
  const { product, price } = goods.dataset;
  report("product_viewed", { product, value: Number(price), currency: "CNY" });
  goods.addEventListener("click", () => {
    const items = basket.read();
    items[product] = { count: (items[product]?.count ?? 0) + 1, price: Number(price) };
    basket.keep(items);
    say("bought", "done");
    document.getElementById("to-checkout").hidden = false;
  });
}

const checkout = document.getElementById("checkout");
if (checkout) {
  const items = basket.read();
  let value = 0;
  for (const row of checkout.querySelectorAll("[data-item]")) {
    const one = items[row.dataset.item];
    row.hidden = !one;
    if (!one) continue;
    value += one.count * one.price;
    row.querySelector("[data-count]").textContent = `× ${one.count}`;
  }
  document.getElementById("empty").hidden = value > 0;
  document.getElementById("pay").hidden = value === 0;
  document.getElementById("sum").textContent = `¥${value.toLocaleString(lang)}`;
  if (value > 0) report("checkout_started", { value, currency: "CNY" });
  document.getElementById("by-card").addEventListener("click", () => {
    // Every card is declined here: nothing can be bought in a demo shop.
    say("paid", "declined");
    report("payment_failed", { value, currency: "CNY" });
  });
  document.getElementById("on-delivery").addEventListener("click", () => {
    say("paid", "done");
    document.getElementById("pay").hidden = true;
    report("order_placed", { value, currency: "CNY" });
    localStorage.removeItem("lantern:basket");
  });
}
