// Lists from which one chooses: afterwards the keys of the page work again.

const OPENS = /mac/i.test(navigator.platform) ? [" ", "F4", "ArrowUp", "ArrowDown"] : [" ", "F4"]; // keys that open a list

/**
 * Give the focus back once something was chosen with the pointer or from the opened list, and on Enter or Escape. Whoever
 * goes through a closed list by arrow keys or letters stays in it, since each of them is a choice already.
 * @param {HTMLSelectElement} select @param {() => void} giveBack
 */
export function leaveAfterChoice(select, giveBack) {
  let stepping = false;
  select.addEventListener("pointerdown", () => (stepping = false));
  select.addEventListener("focus", () => (stepping = false));
  select.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") giveBack();
    else if (!["Shift", "Tab"].includes(event.key)) stepping = !event.altKey && !OPENS.includes(event.key);
  });
  select.addEventListener("change", () => stepping || giveBack());
}
