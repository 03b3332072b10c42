/** The list of boxes by key: it takes the focus as a whole, arrows go from box to box, Enter gives the keys to the image. */

/**
 * @param {HTMLElement} rows the listbox @param {import("./model.js").Model} model
 * @param {(id: string) => void} reveal @param {() => void} leave
 */
export function mountRowKeys(rows, model, reveal, leave) {
  rows.tabIndex = 0;
  rows.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.target !== rows || event.ctrlKey || event.altKey || (step === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (step === undefined) return leave();
    const items = model.items();
    const at = items.findIndex(({ id }) => id === model.selection);
    const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step];
    if (!next) return;
    model.select(next.id);
    reveal(next.id);
  });
  model.subscribe((topic) => {
    if (topic !== "selection") return;
    const row = [...rows.children].find((one) => one instanceof HTMLElement && one.dataset.item === model.selection);
    if (!row) return rows.removeAttribute("aria-activedescendant");
    row.id = `row-${model.selection}`;
    rows.setAttribute("aria-activedescendant", row.id);
  });
}
