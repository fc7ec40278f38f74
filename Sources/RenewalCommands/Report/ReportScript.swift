/// Sorts and filters the table of groups. The page is complete without it.
enum ReportScript {
  /// Over the text below, as the page's security policy names it; a test holds it to that.
  static let hash = "sha256-Xiqbkpuy8vs2DjhFHB+V4OnLtKGheD4bDKGmBzeRxuM="

  static let text: Markup = """
    "use strict";
    (() => {
      const table = document.getElementById("groups");
      if (!table) return;
      const at = id => document.getElementById(id);
      const [find, state, sort, count, more] = ["find", "state", "sort", "count", "more"].map(at);
      const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
      const page = 100;
      let rows = [...body.rows], limit = page, column = 1, falling = false;
      const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
      const format = new Intl.NumberFormat("en");
      const say = (text, ...numbers) =>
        text.replace(/%/g, () => format.format(numbers.shift()));

      function show() {
        const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
        let hits = 0;
        for (const row of rows) {
          const hit = (!state.value || row.dataset.s === state.value)
            && words.every(word => texts.get(row).includes(word));
          row.hidden = !hit || ++hits > limit;
        }
        more.hidden = hits <= limit;
        count.textContent = hits === rows.length
          ? say(count.dataset.all, hits) : say(count.dataset.some, hits, rows.length);
      }

      function order(to) {
        falling = to === column && !falling;
        column = to;
        const key = row => {
          const cell = row.cells[column];
          return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
        };
        const keys = new Map(rows.map(row => [row, key(row)]));
        const sign = falling ? -1 : 1, text = new Intl.Collator(document.documentElement.lang);
        rows.sort((one, other) => {
          const a = keys.get(one), b = keys.get(other);
          return sign * (typeof a === "number" ? a - b : text.compare(a, b));
        });
        body.append(...rows);
        heads.forEach((head, index) => index === column
          ? head.setAttribute("aria-sort", falling ? "descending" : "ascending")
          : head.removeAttribute("aria-sort"));
        sort.value = String(column);
        show();
      }

      heads.forEach((head, index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        button.addEventListener("click", () => order(index));
        head.append(button);
      });
      heads[column].setAttribute("aria-sort", "ascending");
      let waiting = 0;
      find.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => { limit = page; show(); }, 80);
      });
      state.addEventListener("change", () => { limit = page; show(); });
      sort.addEventListener("change", () => { column = -1; order(Number(sort.value)); });
      more.addEventListener("click", () => { limit = Infinity; show(); });
      addEventListener("beforeprint", () => {
        for (const closed of document.querySelectorAll("details")) closed.open = true;
        limit = Infinity;
        show();
      });
      addEventListener("afterprint", () => { limit = page; show(); });
      at("tools").hidden = false;
      show();
    })();
    """
}
