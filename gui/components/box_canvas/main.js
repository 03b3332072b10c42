/**
 * The Label page: puts the parts together. Everything below the top bar happens in here, through the JSON routes; the
 * page framework is not asked again after it has mounted this module.
 */

import { shownChord } from "../shared/chords.js";
import { fill, h } from "../shared/dom.js";
import { currentProject, onBack, pageLink, readNumber, readQuery, writeQuery } from "../shared/query.js";
import { icon } from "../shared/icons.js";
import { describeShortcuts } from "../shared/keys.js";
import { openShortcutDialog } from "../shared/shortcut_dialog.js";
import { Shortcuts } from "../shared/shortcuts.js";
import { session as whoAmI } from "../shared/session.js";
import { Thresholds } from "../shared/thresholds.js";
import { attempt } from "../shared/toast.js";
import { showKeysInTooltips } from "../shared/tooltips.js";
import { buildActions } from "./actions.js";
import { mountAnnouncer } from "./announcer.js";
import { Areas } from "./areas.js";
import { showAskedBox } from "./asked_box.js";
import { openMenuAt, openMenuBelow } from "./box_menu.js";
import { mountBoxList } from "./box_list.js";
import { classByChord } from "./class_keys.js";
import { mountClassList } from "./class_list.js";
import { Claims } from "./claims.js";
import { Classes } from "./classes.js";
import * as client from "./client.js";
import { commandsFor } from "./commands.js";
import { mountDrawingTools } from "./drawing_tools.js";
import { Drawer } from "./drawer.js";
import { Editor } from "./editor.js";
import { exposeForTests } from "./expose.js";
import { Filmstrip } from "./filmstrip.js";
import { ImageTags } from "./image_tags.js";
import { listenToKeys } from "./keys.js";
import { buildLayout } from "./layout.js";
import { Look } from "./look.js";
import { Model } from "./model.js";
import { Naming } from "./naming.js";
import { NewBox } from "./new_box.js";
import { mountNumbers } from "./numbers.js";
import { offerUndo } from "./offer_undo.js";
import { OneClick } from "./one_click.js";
import { Outbox } from "./outbox.js";
import { Painter } from "./painter.js";
import { mountPeople } from "./people.js";
import { Pictures } from "./pictures.js";
import { Pointer } from "./pointer.js";
import { focusNextRegion } from "./regions.js";
import { mountRowKeys } from "./row_keys.js";
import { mountReview, takeThresholdsOfAddress } from "./review_panel.js";
import { Saver } from "./saver.js";
import { openQuickPalette } from "./quick_palette.js";
import { Session } from "./session.js";
import { Settling } from "./settling.js";
import { readDrawing } from "./settings.js";
import { mountSheet } from "./sheet.js";
import { ShownPicture } from "./shown_picture.js";
import { mountStatus } from "./status.js";
import { mountSuggestionChip } from "./suggestion_chip.js";
import { mountTools } from "./tools.js";
import { TiledPictures } from "./tiled_pictures.js";
import { mountTouchBar } from "./touch_bar.js";
import { Undoing } from "./undoing.js";
import { View } from "./view.js";
import { mountViewing } from "./viewing.js";
import { WindowLevel } from "./window_level.js";

/** @type {AbortController | null} stops the listeners of an earlier mount */
let mounted = null;

/** @param {HTMLElement} element */
export async function mount(element) {
  mounted?.abort();
  mounted = new AbortController();
  const projectId = currentProject();
  if (projectId === null) return; // the top bar is on its way to a project
  const layout = buildLayout();
  fill(element, layout.root);
  await new Workspace(layout, mounted.signal).start(projectId);
}

class Workspace {
  /** Who is logged in, "" where nobody has to. */
  person = "";
  /** Whether others are on this project now, so that "done, next" must give no image to two people. */
  #shared = false;

  /** @param {import("./layout.js").Layout} layout @param {AbortSignal} signal */
  constructor(layout, signal) {
    this.layout = layout;
    this.signal = signal;
    this.model = new Model();
    this.model.thresholds = Thresholds.ofAddress(readQuery());
    this.model.drawing = readDrawing();
    this.outbox = new Outbox();
    this.undoing = new Undoing(this.model);
    this.saver = this.#buildSaver();
    this.editor = new Editor(this.model, this.saver, this.undoing);
    this.settling = new Settling(this.model, this.saver, this.editor);
    this.classes = new Classes(this.model, () => this.#reopen());
    const onPixels = () => {
      this.viewing?.onPixels();
      this.painter.request();
    };
    this.pictures = new Pictures(onPixels);
    this.windowLevel = new WindowLevel(() => this.layout.stage.focus({ preventScroll: true }));
    this.tiled = new TiledPictures(onPixels, this.windowLevel);
    this.view = new View(() => this.#onView());
    this.look = new Look();
    this.painter = new Painter(layout, this.model, this.view, this.look, () => this.shown.current);
    this.shown = new ShownPicture(this);
    this.session = new Session(this.model, this.editor, this.saver, this.pictures, this.shown);
    this.naming = new Naming(this.model);
    this.newBox = new NewBox(this);
    this.areas = new Areas(this.model, this.editor, this.view, (text) => offerUndo(text, this));
    this.oneClick = new OneClick(this.model, this.editor, this.view, () => this.#onOneClick());
    this.pointer = this.#buildPointer();
    this.actions = buildActions({
      ...this,
      pointer: () => this.pointer,
      typeNumbers: () => this.numbers?.focus(),
      onward: () => this.#onward(),
      nextFree: () => this.claims.openNext(),
      nextRegion: (step) => focusNextRegion(layout, step),
      ...this.#classActs(),
    });
    this.claims = new Claims(this.model, this.session, signal);
    this.showCompany = mountPeople(/** @type {HTMLElement} */ (layout.stage.parentElement));
    this.shortcuts = new Shortcuts();
    this.shortcuts.add(commandsFor(this.actions));
    this.strip = new Filmstrip(this.model, (id) => this.session.open(id));
    this.#mountParts();
    this.windowLevel.mount(layout.tools, /** @type {HTMLElement} */ (layout.tools.parentElement));
    this.drawer = new Drawer(this);
    this.shortcuts.add(this.drawer.commands);
    this.viewing = mountViewing(this);
    this.#listen();
    exposeForTests(this);
  }

  /** @param {number} projectId */
  async start(projectId) {
    await attempt(() => this.#openOutbox());
    const open = await attempt(() => this.session.start(projectId));
    if (open === false) this.#showEmpty();
    else showAskedBox(this);
    this.layout.stage.focus({ preventScroll: true });
  }

  /** Take up what earlier pages of this browser could not deliver, of this workspace and this person. */
  async #openOutbox() {
    const { user, role, workspace } = await whoAmI();
    this.model.readOnly = role === "viewer";
    this.status?.drawSaved();
    this.person = user ?? "";
    await this.outbox.open({ workspace, person: this.person }, () => this.saver.resume());
    await this.saver.resume();
  }

  #buildSaver() {
    return new Saver({
      send: (imageId, body) => client.putAnnotations(imageId, body, this.person),
      outbox: this.outbox,
      onChange: () => this.status?.drawSaved(),
      stepOf: (imageId, content, base) => this.undoing.stepOf(imageId, content, base),
      onSaved: (imageId, content, answer) => this.#onSaved(imageId, content, answer.revision),
      onConflict: (imageId, mine, stale) => this.settling.settle(imageId, mine, stale),
      onAdopted: (imageId, content) => imageId === this.model.image?.id && this.editor.takeOver(content),
    });
  }

  #buildPointer() {
    return new Pointer(this.layout.stage, this.model, this.view, {
      onDraw: (rect) => this.newBox.make(rect),
      onChange: (rects) => this.editor.changeRects(rects),
      onBand: (rect, adding) => this.actions.selectWithin(rect, adding),
      onArea: (what, rect) => this.areas.act(what, rect),
      onMenu: (at) => openMenuAt(at, this),
      onGuide: (at) => {
        this.painter.guide = at;
        this.painter.requestLive();
        this.oneClick.hover(at && { x: at[0], y: at[1] });
      },
      onClick: (at, again) => (again ? this.oneClick.clickAgain(at) : this.oneClick.click(at)),
      wheelMode: () => this.look.wheel,
    });
  }

  #mountParts() {
    const { layout, model, actions, session } = this;
    this.palette = mountClassList(layout.classes, this.classPage());
    const panel = mountBoxList(layout.boxes, model, {
      accept: (id) => this.editor.accept(id),
      remove: (id) => this.editor.remove(id),
      reveal: actions.reveal,
    });
    mountReview(panel, model, { acceptAllShown: actions.acceptAllShown, setModel: (id) => session.setModel(id) });
    this.chip = mountSuggestionChip(/** @type {HTMLElement} */ (layout.stage.parentElement), model, this.view, this.oneClick, this.naming, actions, (id) => this.shortcuts.keysOf(id).slice(0, 1).map(shownChord).join());
    this.painter.after.push(this.chip.follow);
    mountDrawingTools(layout.drawing, model, actions);
    mountTouchBar(layout.drawing, model, actions, (below) => openMenuBelow(below, this));
    mountAnnouncer(layout.root, model);
    this.numbers = mountNumbers(layout.numbers, model, this.editor, () => layout.stage.focus({ preventScroll: true }));
    layout.boxes.append(layout.numbers);
    const sheet = mountSheet(layout.boxes, model, () => model.image && this.strip.show(model.image.id));
    this.tags = new ImageTags(layout.boxes, model, { reveal: sheet.pullUp, leave: () => layout.stage.focus({ preventScroll: true }) });
    this.shortcuts.add(this.tags.commands);
    const rows = /** @type {HTMLElement} */ (layout.boxes.querySelector(".bc-box-rows"));
    mountRowKeys(rows, model, actions.reveal, () => layout.stage.focus({ preventScroll: true }));
    this.tools = mountTools(layout.tools, model, this.editor, this.view, actions);
    const barActions = {
      previous: actions.previous,
      next: actions.next,
      done: actions.done,
      nothing: actions.nothing,
      nextFree: actions.nextFree,
      discard: () => this.#discardRefused(),
      compare: () => this.saver.askAgain(),
      setState: (/** @type {import("./types.js").ImageState} */ state) => this.editor.setState(state),
      leaveWalk: () => {
        session.leaveWalk();
        if (model.image) this.strip.show(model.image.id);
      },
      setUnlabelledOnly: (/** @type {boolean} */ only) => session.setUnlabelledOnly(only),
    };
    this.status = mountStatus(layout.bar, model, this.saver, barActions, this.strip.element);
  }

  #listen() {
    const { signal, model, shortcuts } = this;
    const { root, stage } = this.layout;
    listenToKeys({ root, stage, shortcuts, signal, chooseByKey: this.actions.chooseByKey });
    showKeysInTooltips(root, shortcuts, signal);
    describeShortcuts(shortcuts, () => openShortcutDialog(shortcuts, (chord) => classWithKey(model, chord)));
    model.subscribe((topic) => this.#onModel(topic));
    new ResizeObserver(() => this.view.resize(stage.clientWidth, stage.clientHeight)).observe(stage);
    signal.addEventListener("abort", onBack(() => this.#followAddress()));
    signal.addEventListener("abort", () => [this.pictures, this.tiled].forEach((kept) => kept.close()));
    window.addEventListener("beforeunload", (event) => this.saver.status().waiting > 0 && event.preventDefault(), { signal });
    for (const back of ["online", "boxloop:signed-in"]) window.addEventListener(back, () => this.saver.retryNow(), { signal });
    window.addEventListener("boxloop:pulse", (event) => this.#onPulse(/** @type {CustomEvent} */ (event).detail), { signal });
    window.addEventListener("boxloop:job-ended", () => this.#afterJob(), { signal });
    window.addEventListener("boxloop:classes-changed", () => this.#refreshProject().then(() => this.#reopen()), { signal });
  }

  /** @param {import("./model.js").Topic} topic */
  #onModel(topic) {
    if (topic === "hover" || topic === "draft") this.painter.requestLive();
    else if (topic !== "settled" && topic !== "navigation") this.painter.request();
    if (topic === "settled" && this.model.image) this.strip.show(this.model.image.id).catch(() => {}); // without its thumbnails the page still works
    if ((topic === "content" || topic === "settled") && this.model.image) this.strip.setState(this.model.image.id, this.model.content.state);
  }

  #onOneClick() {
    this.painter.ghost = this.oneClick.ghost;
    this.painter.requestLive();
    this.chip?.draw();
  }

  #onView() {
    this.painter?.request();
    this.tools?.drawZoom();
  }

  /** @param {number} imageId @param {import("./types.js").Content} content @param {number} revision */
  #onSaved(imageId, content, revision) {
    this.undoing.know(content, revision);
    if (imageId === this.model.image?.id) this.drawer.saved();
    this.session.forget(imageId);
    this.strip.setState(imageId, this.saver.pending(imageId)?.state ?? content.state);
    clearTimeout(this.countTimer);
    this.countTimer = setTimeout(() => this.#refreshProject(), 3000);
  }

  /** What the palette and the dialogs of classes know of this page. @returns {import("../class_manager/manager.js").ClassPage} */
  classPage() {
    const { model, classes, shortcuts, actions } = this;
    return { model, classes, shortcuts, choose: actions.choose, openPalette: actions.openPalette, focusStage: () => this.layout.stage.focus({ preventScroll: true }) };
  }

  #classActs() {
    return {
      openPalette: () => openQuickPalette(this.classPage(), this.pointer.inWindow),
      searchClasses: () => this.palette?.search(),
    };
  }

  /** After its boxes got other classes on the server. */
  async #reopen() {
    const id = this.model.image?.id;
    this.session.reload();
    if (id === undefined || this.saver.pending(id)) return;
    this.editor.forget(id);
    await this.session.open(id, { push: false });
  }

  #discardRefused() {
    this.saver.discardRefused();
    const id = this.model.image?.id;
    if (id === undefined) return;
    this.editor.forget(id);
    this.session.open(id, { push: false });
  }

  #onward() {
    return this.#shared ? this.claims.openNext() : this.session.next();
  }

  /** @param {{active_model_id: number | null} & import("./people.js").Company} pulse */
  #onPulse(pulse) {
    const { project, image } = this.model;
    this.#shared = pulse.people.length > 0;
    this.showCompany(pulse, image?.id ?? null);
    this.status?.showShared(this.#shared);
    this.claims.beat();
    const later = image && pulse.image?.id === image.id && pulse.image.revision > (this.saver.revisionOf(image.id) ?? 0);
    if (later && !this.saver.pending(image.id)) this.session.catchUp();
    if (this.saver.status().state === "retrying") this.saver.retryNow(); // it answers again
    if (project && pulse.active_model_id !== project.active_model_id) this.#afterJob();
  }

  /** A finished run or prediction may have new boxes for this image. */
  async #afterJob() {
    await this.#refreshProject();
    this.session.reload();
  }

  async #refreshProject() {
    const project = await client.getProject(this.model.project.id).catch(() => null);
    if (project && !this.pointer.isActive) this.model.setProject(project);
  }

  #followAddress() {
    const id = readNumber("image");
    takeThresholdsOfAddress(this.model);
    if (id !== null && id !== this.model.image?.id) this.session.open(id, { push: false });
  }

  #showEmpty() {
    this.layout.root.replaceChildren(
      h(
        "div",
        { class: "bl-empty bc-no-images" },
        icon("images", { size: 32 }),
        h("h2", {}, "Add images first"),
        h("p", {}, "There is nothing to label in this project yet."),
        h("a", { class: "bl-button primary", href: pageLink("/images") }, "Add images"),
      ),
    );
  }
}

/** @param {Model} model @param {string} chord */
function classWithKey(model, chord) {
  const entry = classByChord(model.classes, chord);
  return entry ? `the class “${entry.name}”` : null;
}
