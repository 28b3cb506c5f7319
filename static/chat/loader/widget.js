/*
 * The widget's loader: <script src="https://HOST/widget.js" data-site="KEY" async></script>
 *
 * Puts a launcher into a shadow root and, at the first click, the hosted chat page into a frame. It makes DOM nodes
 * and constructed style sheets only, so that a page with a strict Content-Security-Policy needs to allow nothing but
 * `script-src HOST` and `frame-src HOST`. It keeps the visitor's token in this page's own storage, because a frame
 * of another site may have none, and hands it to exactly that frame.
 *
 * Attributes: data-site, data-locale, data-theme (light, dark, auto), data-side (left, right), data-identity (an
 * address of this page's own server that answers with the signed identity of who is signed in, or with nothing).
 * For scripts: window.xiaoer = {open, close, toggle, on, setLocale, identify, event}; events open, close, unread,
 * identity.
 *
 * Every visitor of every shop downloads this file, so what is served stays below 3 kB: names are short, and
 * `chat/views/widget_loader.py` leaves out comments and spaces, shortens the names that it lists, and fills in the
 * launcher's name in each language. For that, comments stay on lines of their own.
 */
(() => {
  // The storage of this page: token, locale, at. Where it is forbidden, `mem` remembers until the page is left.
  let d = document, me = d.currentScript, mem = {};
  // Loaded twice means one widget.
  if (self.xiaoer) return;
  try { mem = localStorage || mem; } catch {}
  // (`$` is what the served file says for `hidden`.)
  let $ = "hidden", now = Date.now, { site, theme = "light", side = "right", locale, identity } = me.dataset,
    origin = new URL(me.src).origin, on = {},

    page = d.documentElement, hear = addEventListener,
    id = (k) => `xiaoer:${site}:${k}`,
    get = (k) => mem[id(k)],
    // (It may be full.)
    put = (k, v) => { try { mem[id(k)] = v; } catch {} },

    add = (to, k, v) => to.appendChild(Object.assign(d.createElement(k), v)),
    // Beside <body>, so that a page that replaces its body keeps the conversation.
    host = add(page, "xiaoer-chat"),
    root = host.attachShadow({ mode: "open" }),
    css = new CSSStyleSheet(),
    btn = add(root, "button"),
    tag = add(btn, "span"),
    box = add(root, "div", { hidden: true }),
    way = add(box, "a", { target: "_blank", hidden: true }),

    url = () => `${origin}/chat/${site}/?locale=${lang}`,
    src = () => url() + "&embed=1&theme=" + theme,
    // What the frame hears: ["hello", token, open, events, at], ["open", open], ["escape"]. What it says: ["ready"],
    // ["token", token], ["locale", locale], ["unread", count], ["open"], ["close"], ["peek", style that lets an
    // invitation show], ["identity", code of a refusal]; and it asks ["who"], to hear ["who", signed identity], where
    // "" is nobody and undefined a page that does not say. A new one is told at once.
    tell = (...it) => win?.postMessage(it, origin),
    emit = (k, v) => on[k]?.map((f) => f(v)),
    draw = () => {
      const word = /^zh/i.test(lang) ? "zh-hans" : "en";
      btn.ariaExpanded = !box.hidden;
      btn.ariaLabel = word + (n ? ` (${n})` : "");
      tag.textContent = n;
      tag.hidden = !n;
      way.href = url();
      way.textContent = word;
    },
    // A page that forbids the frame, or a server that is away: offer the way around it.
    load = () => win || (
      win = add(box, "iframe", { title: btn.ariaLabel, src: src() }).contentWindow,
      setTimeout(() => way.hidden = false, 5e3)
    ),
    set = (up, q) => {
      if (up != box.hidden) return;
      load();
      says.peek();
      box.hidden = !up;
      put("at", up ? now() : -now());
      draw();
      // Before it is ready, the frame hears this with the hello.
      way.parentNode || tell("open", up);
      q || (up ? box.lastChild : btn).focus();
      emit(up ? "open" : "close");
    },
    open = () => set(true),
    close = () => set(false),
    toggle = () => set(box.hidden),
    says = {
      ready() {
        way.remove();
        tell("hello", get("token"), !box.hidden, late.splice(0), get("at"));
      },
      token: (v) => put("token", v),
      // Somebody whom the page cannot vouch for now is nobody in particular.
      who: async () => {
        let v = "";
        try { v = await (who?.call ? who() : who); } catch {}
        tell("who", v);
      },
      identity: (v) => emit("identity", v),
      locale(v) {
        put("locale", lang = v);
        draw();
        win?.location.replace(src());
      },
      unread(v) {
        emit("unread", n = v);
        draw();
      },
      peek: (v = "") => box.style.cssText = v,
      open,
      close
    },
    // Behaviour events that the frame has not heard of, as text: whatever a page says, the hello can be sent.
    late = [],
    event = (k, v) => {
      late.push(JSON.stringify([k, v, location.pathname]));
      load();
      way.parentNode || says.ready();
    },
    who = identity && (() => fetch(identity).then((r) => r.ok ? r.text() : "")),
    lang = get("locale") || locale || page.lang || navigator.language, at = get("at"), n = 0, win;

  // `all` with `!important` in :host wins against whatever the page says about unknown elements.
  css.replaceSync(`:host{all:initial!important}
button,div{position:fixed;z-index:9999999;${side}:20px;bottom:20px;box-shadow:0 4px 24px #0004;color-scheme:${theme};font:16px/1 system-ui}
button{width:56px;height:56px;border:0;border-radius:50%;background:#0b7558;cursor:pointer;outline-offset:3px;forced-color-adjust:none}
button:before{content:"";inset:16px;background:#fff;clip-path:path("M3 1h18l2 2v13l-2 2h-8l-6 5v-5H3l-2-2V3z")}
[aria-expanded=true]:before{clip-path:path("M4 2l8 8 8-8 2 2-8 8 8 8-2 2-8-8-8 8-2-2 8-8-8-8z")}
span{top:-4px;right:-4px;padding:3px 7px;border-radius:9px;background:#b42b20;color:#fff;font-size:13px}
div{bottom:88px;width:400px;height:min(680px,100vh - 108px);border-radius:16px;overflow:hidden}
iframe{width:100%;height:100%;border:0}
a{inset:0;padding:40% 24px}
div,a{background:Canvas}
span,a,:before{position:absolute}
@media(max-width:480px),(max-height:480px){div:not([hidden]){inset:0;width:auto;height:auto;border-radius:0}}`);
  root.adoptedStyleSheets = [css];
  btn.onclick = toggle;
  // An invitation leaves the focus where it is, so Esc anywhere takes it away; an open panel closes from inside.
  hear("keydown", (e) => e.key == "Escape" && (box.hidden ? tell("escape") : e.target == host && set(false)));
  hear("message", (e) => e.source == win && e.origin == origin && says[e.data[0]]?.(e.data[1]));
  self.xiaoer = {
    open,
    close,
    toggle,
    event,
    setLocale: says.locale,
    on: (k, f) => (on[k] ??= []).push(f),
    identify(v) {
      who = v;
      win && says.who();
    }
  };
  draw();
  // Used within the hour: the conversation goes on over a change of pages.
  if (now() -Math.abs(at) < 36e5) at > 0 && innerWidth > 480 ? set(true, 1) : load();
})();
