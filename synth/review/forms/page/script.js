"use strict";
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const get = (id) => document.getElementById(id);
  const root = document.documentElement;
  const changes = all(".change");
  const filter = get("filter");

  // The two sides of an object, made of its pieces when somebody looks at them.

  const wide = matchMedia("(min-width: 60rem)");
  let sides = true;

  const element = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };

  const numbered = (number) => {
    const cell = element("td");
    cell.dataset.line = number ?? "";
    return cell;
  };

  const side = (number, what, content) =>
    content === undefined
      ? [numbered(), element("td", "none")]
      : [numbered(number), element("td", what, content)];

  /** Two lines with what differs in the middle of them marked. */
  const compared = (old, now) => {
    let start = 0;
    while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
    let end = 0;
    while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++;
    while (start && /\w/.test(old[start - 1])) start--;
    while (end && /\w/.test(old.at(-end))) end--;
    const marked = (name, text) => {
      const middle = text.slice(start, text.length - end);
      return element(name, "", text.slice(0, start), ...(middle ? [element("mark", "", middle)] : []), text.slice(text.length - end));
    };
    // Of lines with little in common the marks would be all there is to see.
    return (start + end) * 3 > Math.max(old.trim().length, now.trim().length)
      ? [marked("del", old), marked("ins", now)]
      : [element("del", "", old), element("ins", "", now)];
  };

  const table = (pieces) => {
    const made = element("table", "sides");
    const columns = element("colgroup", "");
    for (const name of ["number", "", "number", ""]) columns.append(element("col", name));
    const head = element("thead", "hidden");
    const titles = element("tr", "");
    for (const title of ["line", "before", "line", "after"]) {
      const cell = element("th", "", title);
      cell.scope = "col";
      titles.append(cell);
    }
    head.append(titles);
    made.append(columns, head);
    let old = 1;
    let now = 1;
    let body = made.createTBody();
    const keep = (into, lines, first, second) => {
      lines.forEach((line, place) =>
        into.append(element("tr", "", ...side(first + place, "", line), ...side(second + place, "", line))));
    };
    const differ = (gone, come) => {
      for (let place = 0; place < Math.max(gone.length, come.length); place++) {
        const both = place < gone.length && place < come.length;
        const [before, after] = both
          ? compared(gone[place], come[place])
          : [gone[place], come[place]].map((text, which) => text === undefined ? text : element(which ? "ins" : "del", "", text));
        body.append(element("tr", "", ...side(old + place, "gone", before), ...side(now + place, "new", after)));
      }
      old += gone.length;
      now += come.length;
    };
    const fold = (piece) => {
      const lines = piece.lastElementChild.textContent.split("\n");
      const button = element("button", "", piece.querySelector("summary").textContent);
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      const cell = element("td", "", button);
      cell.colSpan = 4;
      body.append(element("tr", "fold", cell));
      const inside = made.createTBody();
      inside.hidden = true;
      const [first, second] = [old, now];
      button.addEventListener("click", () => {
        if (!inside.rows.length) keep(inside, lines, first, second);
        inside.hidden = !inside.hidden;
        button.setAttribute("aria-expanded", String(!inside.hidden));
      });
      body = made.createTBody();
      old += lines.length;
      now += lines.length;
    };
    let gone = [];
    for (const piece of pieces) {
      const lines = piece.textContent.split("\n");
      if (gone.length && piece.localName !== "ins") {
        differ(gone, []);
        gone = [];
      }
      if (piece.localName === "del") {
        gone = lines;
      } else if (piece.localName === "ins") {
        differ(gone, lines);
        gone = [];
      } else if (piece.localName === "details") {
        fold(piece);
      } else {
        keep(body, lines, old, now);
        old += lines.length;
        now += lines.length;
      }
    }
    if (gone.length) differ(gone, []);
    return made;
  };

  const lay = (details) => {
    if (!details.open) return;
    const lines = details.querySelector(".lines");
    const pieces = [...lines.children];
    const whole = pieces.length === 1; // of what comes, goes or stays there is one side only
    const beside = sides && wide.matches && !whole;
    let made = details.querySelector(".sides");
    if (beside && !made) {
      made = table(pieces);
      lines.after(made);
    }
    lines.hidden = beside;
    if (made) made.hidden = !beside;
  };

  const layAll = () => all(".yaml").forEach(lay);
  all(".yaml").forEach((details) => details.addEventListener("toggle", () => lay(details)));
  wide.addEventListener("change", layAll);
  layAll();

  const switchLayout = () => {
    sides = !sides;
    get("layout").setAttribute("aria-pressed", String(sides));
    layAll();
  };

  // Filters, which a link can hold: #?environment=prod&risk=high

  const texts = new Map();
  const text = (change) => {
    if (!texts.has(change)) {
      const parts = [...change.children].filter((part) => part.localName !== "details");
      texts.set(change, parts.map((part) => part.textContent).join(" ").toLowerCase());
    }
    return texts.get(change);
  };

  const apply = () => {
    const said = new FormData(filter);
    const [application, kind] = [said.get("application"), said.get("kind")];
    const [environments, risks] = [said.getAll("environment"), said.getAll("risk")];
    const words = said.get("find").toLowerCase().split(/\s+/);
    let shown = 0;
    for (const change of changes) {
      const { dataset } = change;
      const there = dataset.environments.split("|");
      change.hidden = !(
        (!application || dataset.application === application) &&
        (!kind || dataset.kind === kind) &&
        (!environments.length || environments.some((name) => there.includes(name))) &&
        (!risks.length || risks.includes(dataset.risk)) &&
        words.every((word) => text(change).includes(word))
      );
      shown += !change.hidden;
    }
    for (const section of all(".application")) {
      section.hidden = !section.querySelector(".change:not([hidden])");
    }
    const of = shown === changes.length ? "" : `${shown} of `;
    get("all").hidden = !of;
    get("state").textContent = `${of}${changes.length} ${changes.length === 1 ? "change" : "changes"}`;
  };

  const remember = () => {
    const said = [...new FormData(filter)].filter(([, value]) => value);
    history.replaceState(null, "", `#${said.length ? `?${new URLSearchParams(said)}` : "changes"}`);
  };

  const showAll = () => {
    filter.reset();
    apply();
  };

  const recall = () => {
    for (const [name, value] of new URLSearchParams(location.hash.slice(2))) {
      const field = filter.elements[name];
      const boxes = field instanceof RadioNodeList ? [...field] : [field];
      for (const box of boxes) {
        if (box?.type === "checkbox") box.checked ||= box.value === value;
        else if (box) box.value = value;
      }
    }
    apply();
  };

  /** Follows a link to a change, or the filters that a link holds. */
  const follow = () => {
    if (location.hash.startsWith("#?")) {
      recall();
      get("changes").scrollIntoView();
      return;
    }
    const name = location.hash.slice(1);
    const target = get(name) ?? get(decodeURIComponent(name));
    const change = target?.closest(".change");
    const section = target?.closest(".application");
    if (change?.hidden || section?.hidden) showAll();
    if (change) change.querySelector(".yaml").open = true;
    if (section) requestAnimationFrame(() => (change ?? section).scrollIntoView());
  };

  if (filter) {
    filter.hidden = false;
    const measure = () => root.style.setProperty("--bar", `${filter.offsetHeight}px`);
    measure();
    new ResizeObserver(measure).observe(filter);
    filter.addEventListener("input", () => { apply(); remember(); });
    filter.addEventListener("submit", (event) => event.preventDefault());
    filter.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
    addEventListener("hashchange", follow);
    follow();
  }

  // The way through the page by keys.

  const step = (by) => {
    const shown = changes.filter((change) => !change.hidden);
    const here = shown.indexOf(document.activeElement?.closest(".change"));
    const next = shown[here < 0 ? 0 : here + by];
    if (!next) return;
    next.querySelector(".yaml > summary").focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  };

  const switchTheme = () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };

  const help = () => {
    get("help").showModal();
    get("close").focus();
  };

  const keys = {
    "/": () => filter?.elements.find.focus(),
    j: () => step(1),
    k: () => step(-1),
    s: switchLayout,
    t: switchTheme,
    "?": help,
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || get("help").open) return;
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape" && filter) {
      showAll();
      document.activeElement.blur();
    } else if (!typing && get("letters").checked && Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  document.querySelector(".tools").hidden = false;
  get("layout").addEventListener("click", switchLayout);
  get("theme").addEventListener("click", switchTheme);
  get("keys").addEventListener("click", help);
  if (matchMedia("(max-width: 60rem)").matches) get("contents").open = false;
}
