/** Rows of classes that are dragged into another order; a line shows where a row would go. */

/**
 * @param {HTMLElement} list that holds rows with `data-class-id`
 * @param {() => boolean} may
 * @param {(id: number, other: number, after: boolean) => void} place
 */
export function dragToOrder(list, may, place) {
  /** @type {HTMLElement | null} */
  let dragged = null;
  const rowAt = (/** @type {Event} */ event) => /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.("[data-class-id]"));
  const clear = () => list.querySelectorAll(".drop-before, .drop-after").forEach((row) => row.classList.remove("drop-before", "drop-after"));
  const side = (/** @type {DragEvent} */ event, /** @type {HTMLElement} */ row) => {
    const bounds = row.getBoundingClientRect();
    return event.clientY > bounds.top + bounds.height / 2;
  };
  list.addEventListener("dragstart", (event) => {
    dragged = may() ? rowAt(event) : null;
    if (!dragged) event.preventDefault();
    if (!dragged || !event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.title);
  });
  list.addEventListener("dragover", (event) => {
    const row = rowAt(event);
    if (!dragged || !row) return;
    event.preventDefault();
    clear();
    if (row.dataset.classId !== dragged.dataset.classId) row.classList.add(side(event, row) ? "drop-after" : "drop-before");
  });
  list.addEventListener("drop", (event) => {
    const row = rowAt(event);
    clear();
    if (!dragged || !row || row.dataset.classId === dragged.dataset.classId) return;
    event.preventDefault();
    place(Number(dragged.dataset.classId), Number(row.dataset.classId), side(event, row));
  });
  list.addEventListener("dragend", () => {
    clear();
    dragged = null;
  });
}
