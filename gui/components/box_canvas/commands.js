/**
 * Every act of the Label page that a key can ask for, in the order of the sheet of keys.
 *
 * To add one, add a line: an id that never changes (a changed key is stored under it), the group of the sheet, what it
 * does, its default keys (see shared/chords.js: "Shift+F", "Ctrl+Z", "Plus", "Esc") and the act. The key, the `?` sheet,
 * the dialog "Change shortcuts" and the tooltip of every element with `data-command="<id>"` follow from it. `repeats`
 * goes on while the key is held; `row` puts several commands on one line of the sheet.
 *
 * @typedef {import("../shared/shortcuts.js").Command} Command
 * @typedef {import("./actions.js").Actions} Actions
 */

/** @param {Actions} act @returns {Command[]} */
export function commandsFor(act) {
  return [...drawing(act), ...selecting(act), ...boxes(act), ...proposals(act), ...images(act), ...view(act)];
}

/** @param {Actions} act @returns {Command[]} */
const drawing = (act) => [
  { id: "gesture.draw", group: "Drawing", text: "Draw a box with the current class; with Shift also over another box", keys: ["Drag"] },
  { id: "draw.corner", group: "Drawing", text: "Put a corner of a box at the pointer; again for the other corner", keys: ["C"], run: act.putCorner },
  { id: "draw.clicks", group: "Drawing", text: "Draw by two clicks, on or off", keys: ["Shift+C"], run: act.toggleClicks },
  { id: "draw.over", group: "Drawing", text: "Draw over boxes as if they were not there, on or off", keys: ["O"], run: act.toggleOver },
  { id: "draw.take", group: "Drawing", text: "A click takes the model's box there, or only selects", keys: ["Shift+W"], run: act.toggleTake },
  { id: "draw.name", group: "Drawing", text: "A drawn box gets the class that the model sees there, or the one that is set", keys: ["Shift+N"], run: act.toggleName },
  { id: "draw.snap", group: "Drawing", text: "Snap to edges of other boxes, on or off", keys: ["S"], run: act.toggleSnap },
  { id: "gesture.free", group: "Drawing", text: "Held: no snapping to the image's border", keys: ["Alt"] },
  { id: "gesture.class", group: "Drawing", text: "Class of what is selected, else of the next boxes", keys: ["1+…+9+0"] },
  { id: "gesture.classHere", group: "Drawing", text: "Class of the box under the pointer, and of nothing else", keys: ["Alt+1+…+9+0"] },
  { id: "class.quick", group: "Drawing", text: "Pick that class from a list at the pointer", keys: ["Q"], run: act.openPalette },
  { id: "class.search", group: "Drawing", text: "Find a class in the list", keys: ["/"], run: act.searchClasses },
  { id: "select.none", group: "Drawing", text: "Give up the drag, else select nothing", keys: ["Esc"], run: act.escape, fixed: true },
];

/** @param {Actions} act @returns {Command[]} */
const selecting = (act) => [
  { id: "gesture.pick", group: "Selecting", text: "Select the smallest box there; again, the next one below", keys: ["Click"] },
  { id: "select.below", group: "Selecting", text: "Select the next box below the pointer", keys: ["B"], run: act.pickBelow, repeats: true },
  { id: "gesture.add", group: "Selecting", text: "Add a box to the selection or take it out", keys: ["Shift+Click"] },
  { id: "gesture.band", group: "Selecting", text: "Select what lies within (with Shift, too)", keys: ["Ctrl+Drag"] },
  { id: "select.several", group: "Selecting", text: "A click adds to the selection, a drag selects within, on or off", keys: ["Shift+B"], run: act.toggleSeveral },
  { id: "select.all", group: "Selecting", text: "Select all of people's boxes", keys: ["Ctrl+A"], run: act.selectAll },
];

/** @param {Actions} act @returns {Command[]} */
const boxes = (act) => [
  { id: "box.delete", group: "Boxes", text: "Delete what is selected", keys: ["Del", "Backspace"], run: act.remove },
  { id: "box.duplicate", group: "Boxes", text: "Duplicate", keys: ["Ctrl+D"], run: act.duplicate },
  { id: "box.copy", group: "Boxes", text: "Copy", keys: ["Ctrl+C"], run: act.copy, unless: textIsSelected },
  { id: "box.cut", group: "Boxes", text: "Cut", keys: ["Ctrl+X"], run: act.cut, unless: textIsSelected },
  { id: "box.paste", group: "Boxes", text: "Paste, here or on another image", keys: ["Ctrl+V"], run: act.paste },
  { id: "box.repeat", group: "Boxes", text: "Repeat the boxes of the last image", keys: ["R"], run: act.repeat },
  { id: "box.lock", group: "Boxes", text: "Lock against moving and deleting, or unlock", keys: ["L"], run: act.lock },
  { id: "box.hide", group: "Boxes", text: "Hide what is selected; with nothing selected, show it again", keys: ["Shift+H"], run: act.hideSelected },
  ...arrows("box.nudge", "Boxes", "Move what is selected by 1 pixel; pan where nothing is", "", (dx, dy) => act.nudge(dx, dy)),
  ...arrows("box.nudge10", "Boxes", "Move it by 10 pixels", "Shift+", (dx, dy) => act.nudge(10 * dx, 10 * dy)),
  ...arrows("box.end", "Boxes", "Move the right or lower edge by 1 pixel", "Ctrl+", (dx, dy) => act.stretch("se", dx, dy)),
  ...arrows("box.end10", "Boxes", "By 10 pixels", "Ctrl+Shift+", (dx, dy) => act.stretch("se", 10 * dx, 10 * dy)),
  ...arrows("box.start", "Boxes", "Move the left or upper edge by 1 pixel", "Alt+", (dx, dy) => act.stretch("nw", dx, dy)),
  { id: "box.numbers", group: "Boxes", text: "Type place and size as numbers", keys: ["T"], run: act.typeNumbers },
  { id: "edit.undo", group: "Boxes", text: "Undo", keys: ["Ctrl+Z"], run: act.undo, repeats: true },
  { id: "edit.redo", group: "Boxes", text: "Redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], run: act.redo, repeats: true },
];

/** @param {Actions} act @returns {Command[]} */
const proposals = (act) => [
  { id: "model.accept", group: "The model's boxes", text: "Accept the one that is selected or under the pointer", keys: ["E"], run: act.accept },
  { id: "model.reject", group: "The model's boxes", text: "Reject it", keys: ["X"], run: act.reject },
  { id: "gesture.rejectArea", group: "The model's boxes", text: "Reject all that are shown there", keys: ["Right+Drag"] },
  { id: "model.rejectArea", group: "The model's boxes", text: "The next drag rejects all that are shown there; again: all in sight", keys: ["J"], run: act.rejectArea },
  { id: "gesture.unsureArea", group: "The model's boxes", text: "Show what the model is unsure of there, down to half the threshold", keys: ["Shift+Right+Drag"] },
  { id: "model.unsureArea", group: "The model's boxes", text: "The next drag shows what it is unsure of there; again: all in sight", keys: ["U"], run: act.unsureArea },
  { id: "gesture.take", group: "The model's boxes", text: "Take the model's box there, also one below the threshold; again: the next", keys: ["Click"] },
  { id: "model.other", group: "The model's boxes", text: "Another of the model's boxes instead of it", keys: ["Shift+X"], run: act.otherCandidate, repeats: true },
  { id: "model.edges", group: "The model's boxes", text: "Give the drawn box the model's edges", keys: ["P"], run: act.takeEdges },
  { id: "model.class", group: "The model's boxes", text: "Give it the class that the model sees; where it has that, the one it would have had", keys: ["Shift+P"], run: act.takeClass },
  { id: "model.next", group: "The model's boxes", text: "Next box to review", keys: ["Tab"], run: () => act.tab(1), repeats: true },
  { id: "model.previous", group: "The model's boxes", text: "Box to review before", keys: ["Shift+Tab"], run: () => act.tab(-1), repeats: true },
  { id: "model.more", group: "The model's boxes", text: "Show one more of its boxes on this image", keys: ["."], run: () => act.showMore(1), repeats: true },
  { id: "model.fewer", group: "The model's boxes", text: "Show one less", keys: [","], run: () => act.showMore(-1), repeats: true },
  { id: "model.acceptShown", group: "The model's boxes", text: "Accept all shown", keys: ["Shift+E"], run: act.acceptAllShown },
  { id: "model.acceptAll", group: "The model's boxes", text: "Accept all shown, done, next image", keys: ["Shift+Enter"], run: act.acceptAll },
];

/** @param {Actions} act @returns {Command[]} */
const images = (act) => [
  { id: "image.done", group: "Images", text: "Done, next image", keys: ["Enter"], run: act.done },
  { id: "image.nothing", group: "Images", text: "Nothing here, next image", keys: ["N"], run: act.nothing },
  { id: "image.nextFree", group: "Images", text: "Next image to label that nobody else is at", keys: ["G"], run: act.nextFree },
  { id: "image.previous", group: "Images", text: "Image before; held, as a flip book", keys: ["A"], run: act.previous, repeats: true, release: act.endFlip },
  { id: "image.next", group: "Images", text: "Image after; held, as a flip book", keys: ["D"], run: act.next, repeats: true, release: act.endFlip },
];

/** @param {Actions} act @returns {Command[]} */
const view = (act) => [
  { id: "gesture.zoom", group: "View", text: "Zoom at the pointer", keys: ["Wheel"] },
  { id: "view.zoomIn", group: "View", text: "Zoom in", keys: ["Plus", "="], run: () => act.zoom(1.25), repeats: true },
  { id: "view.zoomOut", group: "View", text: "Zoom out", keys: ["-"], run: () => act.zoom(0.8), repeats: true },
  { id: "view.pan", group: "View", text: "Held: a drag pans (so does the middle button)", keys: ["Space"], run: () => act.space(true), release: () => act.space(false) },
  { id: "view.fit", group: "View", text: "Fit the image", keys: ["F"], run: act.fit },
  { id: "view.actualSize", group: "View", text: "One pixel of the image on one of the screen", keys: ["Shift+F"], run: act.actualSize },
  { id: "view.window", group: "View", text: "Window of grey values, for images of more than 8 bits", keys: ["W"], run: act.window },
  { id: "view.hide", group: "View", text: "Hide or show all boxes", keys: ["H"], run: act.hide },
  { id: "page.next", group: "View", text: "Out of the image: on to the next part of the page", keys: ["F6"], run: () => act.nextRegion(1), repeats: true },
  { id: "page.previous", group: "View", text: "Back to the part before", keys: ["Shift+F6"], run: () => act.nextRegion(-1), repeats: true },
  { id: "gesture.help", group: "View", text: "This help", keys: ["?"] },
];

/** Then Ctrl C is the browser's. */
const textIsSelected = () => document.getSelection()?.isCollapsed === false;

/** @type {[string, string, number, number][]} */
const ARROWS = [["Left", "left", -1, 0], ["Up", "up", 0, -1], ["Right", "right", 1, 0], ["Down", "down", 0, 1]];

/**
 * Four commands on the arrows, one line of the sheet.
 * @param {string} id @param {string} group @param {string} text @param {string} held "Shift+" or "" @param {(dx: number, dy: number) => void} run
 * @returns {Command[]}
 */
function arrows(id, group, text, held, run) {
  return ARROWS.map(([key, word, dx, dy]) => ({
    id: `${id}.${word}`,
    group,
    text: `${text}: ${word}`,
    row: text,
    keys: [`${held}Arrow${key}`],
    run: () => run(dx, dy),
    repeats: true,
  }));
}
