// The Images page: bring pictures in, look through them, filter, act on many. The address holds what is shown.

import { api } from "../shared/api.js";
import { openDialog } from "../shared/dialog.js";
import { debounce, fill, h } from "../shared/dom.js";
import { bytes, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { currentProject, onBack, writeQuery } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { classColors } from "./box_painter.js";
import { act, emptyBin, predict } from "./bulk_acts.js";
import { bulkBar } from "./bulk_bar.js";
import { dropZone } from "./drop_zone.js";
import { emptyState } from "./empty_states.js";
import { asked, readProject, takeAhead } from "./ahead.js";
import { asText, exactly, isFiltered } from "./filter_state.js";
import { clearFilter, filterBar, filterFromAddress } from "./filters.js";
import { gridKeys } from "./grid_keys.js";
import { ImageWindow } from "./image_window.js";
import { askImport, followImport } from "./import_dialog.js";
import { chooseFiles } from "./picked_files.js";
import { keptPlace, keepPlace } from "./place.js";
import { Selection } from "./selection.js";
import { askTag, editTags } from "./tag_dialogs.js";
import { emptyTile, setSelected, tileHeight } from "./tile.js";
import { Thumbs } from "./thumbs.js";
import { dressTile, emptyBox, imageTile } from "./tiles.js";
import { UploadQueue } from "./upload_queue.js";
import { uploadPanel } from "./upload_panel.js";
import { viewOptions } from "./view_options.js";
import { VirtualGrid } from "./virtual_scroll.js";

class ImagesPage {
  constructor(element, projectId) {
    this.projectId = projectId;
    this.project = null;
    this.facts = null;
    this.images = null;
    this.busy = null;
    this.selection = new Selection(() => this.showSelection());
    this.filters = filterBar({ onChange: () => this.open(), editTags: () => editTags(projectId, () => this.refresh()) });
    this.bulk = bulkBar({
      onAct: (action, value) => this.act(action, value),
      onTag: () => askTag(this.facts?.tags ?? [], this.selected, (action, name) => this.act(action, name)),
      onPredict: () => attempt(() => predict(projectId, this.chosen())),
      onAll: () => this.selectAll(),
      onClear: () => this.selection.clear(),
      hasModel: () => Boolean(this.project?.active_model_id),
    });
    this.view = viewOptions({ onSize: (width) => this.grid.setTileWidth(width), onModel: () => this.open(this.grid.firstShown) });
    this.upload = uploadPanel({ onImport: () => this.askImport() });
    this.importPanel = h("section", { class: "upload-panel", "aria-label": "Import", hidden: true });
    this.scroller = h("div", { class: "image-grid-scroller", role: "listbox", "aria-multiselectable": "true", "aria-label": "Images", tabindex: "-1" });
    this.empty = h("div", { class: "image-empty", hidden: true });
    this.disk = h("span");
    this.status = h("footer", { class: "image-status bl-numeric" });
    this.notes = h("div", { class: "image-notes" });
    this.binButton = h("button", { class: "bl-button quiet", type: "button", onclick: () => this.toggleBin() });
    this.emptyBinButton = h("button", { class: "bl-button danger", type: "button", "data-needs": "owner", hidden: true, onclick: () => this.askEmptyBin() }, icon("bin"), "Empty the bin");
    fill(element, this.layout());
    this.thumbs = new Thumbs(this.scroller, (index) => this.grid.isOnScreen(index));
    this.grid = new VirtualGrid(this.scroller, {
      tileWidth: this.view.width(),
      tileHeight,
      create: (index) => this.tile(index),
      placeholder: emptyTile,
      release: (tile) => this.thumbs.release(tile),
      onRange: (first, last, hurried) => {
        if (!hurried) this.images?.want(first, last);
        this.thumbs.soon(this.grid.top);
        this.keepPlace();
      },
    });
    this.keepPlace = debounce(() => keepPlace(this.grid.firstShown), 200);
    this.queue = new UploadQueue(projectId, () => this.uploadStep());
    this.refreshSoon = debounce(() => this.refresh(), 600);
    dropZone({ hint: "Drop images, folders or a zip to add them", onFiles: (picked) => this.queue.add(picked) });
    this.listen();
  }

  layout() {
    const add = h("button", { class: "bl-button primary", type: "button", "data-needs": "labeller" }, icon("add"), "Add images", icon("chevron"));
    menuButton(add, () => this.addItems(), { label: "Add images" });
    this.toolbar = h("div", { class: "image-toolbar" }, this.filters.element, this.view.element, h("span", { class: "bl-grow" }), this.emptyBinButton, this.binButton, add);
    const second = h("div", { class: "image-second" }, this.filters.states, this.bulk.element);
    return h(
      "main",
      { class: "bl-page fixed images-page" },
      this.toolbar,
      second,
      this.filters.chips,
      this.notes,
      this.upload.element,
      this.importPanel,
      this.empty,
      this.scroller,
      this.status,
    );
  }

  addItems() {
    const pick = (what) => async () => {
      const picked = await chooseFiles(what);
      if (picked) this.queue.add(picked);
    };
    return [
      { label: "Files or a zip", icon: "file", run: pick("files") },
      { label: "A folder", icon: "folder", run: pick("folder") },
      null,
      { label: "A folder on the server, with labels", icon: "disk", run: () => this.askImport() },
    ];
  }

  listen() {
    const page = this;
    onBack(() => this.open(keptPlace()));
    this.scroller.addEventListener("click", (event) => this.click(event));
    for (const happened of ["boxloop:job-ended", "boxloop:images-changed"]) addEventListener(happened, () => this.refreshSoon());
    addEventListener("beforeunload", (event) => this.queue.busy && event.preventDefault());
    // Coming back from the Label page by the Back button shows the page as it was kept; read what changed meanwhile.
    addEventListener("pageshow", (event) => event.persisted && this.refresh());
    gridKeys({
      grid: this.grid,
      search: this.filters.search,
      count: () => this.images?.total ?? 0,
      toggle: (index) => this.toggle(index),
      extend: (index) => this.extend(index),
      selectAll: () => page.selectAll(),
      clear: () => page.selection.clear(),
      remove: () => (page.inBin ? undefined : page.act("delete")),
    });
  }

  get params() {
    return filterFromAddress();
  }

  get inBin() {
    return Boolean(this.params.deleted);
  }

  get selected() {
    return this.selection.count(this.images?.total ?? 0);
  }

  /** Show what the address says, from this place on. */
  async open(place = 0) {
    this.images?.stop();
    this.selection.clear();
    const early = takeAhead();
    const images = early?.images ?? new ImageWindow(this.projectId, { params: asked() });
    Object.assign(images, {
      onChange: (first, last) => images === this.images && this.imagesCame(first, last),
      onError: (error) => toast(error.message, { kind: "error" }),
    });
    this.images = images;
    const loaded = early?.loaded ?? images.open(place);
    if (!(await attempt(() => loaded)) || images !== this.images) return;
    // The pictures first: counts, colours and tags take the server longer, and nobody waits for them.
    this.showWhich();
    this.grid.setCount(images.total);
    this.grid.updateAll();
    this.grid.scrollTo(Math.min(place, Math.max(0, images.total - 1)));
    const rest = this.openRest(images, early?.project ?? readProject(this.projectId));
    await (images.total > 0 ? this.thumbs.shown() : rest);
  }

  /** What stands round the images that are shown. */
  async openRest(images, reading) {
    const project = await attempt(() => reading);
    if (!project || images !== this.images) return;
    this.take(project);
    this.show();
    await this.thumbs.shown();
    await attempt(() => images.complete());
    await this.readFacts();
    if (images !== this.images) return;
    this.show();
    this.readDisk();
  }

  take(project) {
    this.project = project;
    this.colors = classColors(project);
  }

  /** What there is to filter by: not needed to see the images. */
  async readFacts() {
    this.facts = (await attempt(() => api.get(`/api/projects/${this.projectId}/grid/facts`))) ?? this.facts;
  }

  /** Apart from everything else, because the server looks at each file for it. */
  async readDisk() {
    const disk = await attempt(() => api.get(`/api/projects/${this.projectId}/disk`));
    if (disk) fill(this.disk, h("span", { title: diskTitle(disk) }, `${bytes(disk.disk_bytes)} on disk`));
  }

  /** Read counts and images again without losing the place. */
  async refresh() {
    const { images } = this;
    if (!images) return;
    const results = await attempt(() => Promise.all([readProject(this.projectId), this.readFacts(), images.refresh()]));
    if (!results || images !== this.images || !results[2]) return;
    this.take(results[0]);
    this.show();
    this.grid.updateAll();
  }

  show() {
    const { project, images } = this;
    this.filters.show(project, this.facts);
    this.view.show(project);
    this.grid.setCount(images.total);
    this.showEmpty();
    fill(this.binButton, icon(this.inBin ? "back" : "bin"), this.inBin ? "Leave the bin" : "Bin");
    this.emptyBinButton.hidden = !this.inBin || images.total === 0;
    this.toolbar.classList.toggle("in-bin", this.inBin);
    const shown = images.whole && (isFiltered(this.params) || this.inBin) ? `${count(images.total, "image")} shown, ` : "";
    const all = `${shown}${count(project.counts.images, "image")}, ${count(project.counts.boxes, "box", "boxes")}`;
    fill(this.status, h("span", { role: "status" }, all), h("span", { class: "bl-grow" }), this.disk);
    fill(this.notes, project.warnings.map((text) => h("div", { class: "bl-note warn" }, icon("warning"), text)));
    this.grid.each((tile) => tile.image && dressTile(tile, this.known()));
    this.showSelection();
  }

  /** Images, or what is said in their place. */
  showWhich() {
    this.scroller.hidden = this.images.total === 0;
    this.empty.hidden = !this.scroller.hidden;
  }

  showEmpty() {
    this.showWhich();
    if (this.empty.hidden) return;
    const show = (params) => {
      writeQuery(params, { push: true });
      this.open();
    };
    const given = { inBin: this.inBin, params: this.params, busy: this.queue.busy, project: this.project, tags: this.facts?.tags ?? [] };
    fill(
      this.empty,
      emptyState(given, { choose: this.addItems()[0].run, clear: () => show(exactly({ sort: this.params.sort })), drop: (key, value) => show({ [key]: value }) }),
    );
  }

  tile(index) {
    const image = this.images.get(index);
    if (!image) return emptyBox(image === undefined);
    const walk = asText(this.params);
    return imageTile(image, {
      project: this.projectId,
      walk: this.inBin ? null : walk,
      link: !this.inBin,
      selected: this.selection.has(image.id),
      ...this.known(),
    });
  }

  /** What a tile shows beside its image. */
  known() {
    return { colors: this.colors, tags: this.facts?.tags, width: this.grid.width };
  }

  imagesCame(first, last) {
    this.grid.setCount(this.images.total);
    this.grid.renew(first, last);
    if (this.selection.all) this.showSelection(); // the list is longer than its beginning
  }

  click(event) {
    const tile = event.target.closest(".image-tile[data-image]");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const onTick = event.target.closest(".image-tile-tick");
    const selects = onTick || this.selected > 0 || event.ctrlKey || event.metaKey || event.shiftKey || this.inBin;
    if (!selects) return;
    event.preventDefault();
    if (event.shiftKey) this.extend(index);
    else this.toggle(index);
  }

  toggle(index) {
    const image = this.images.get(index);
    if (image) this.selection.toggle(image.id, index);
  }

  /** Select everything between the last one toggled and this one, also what is not loaded. */
  async extend(index) {
    const from = this.selection.anchor ?? index;
    const ids = await attempt(() => this.images.ids(Math.min(from, index), Math.max(from, index)));
    if (ids) this.selection.add(ids);
  }

  /** All of the list, once it is known how many these are. */
  async selectAll() {
    const { images } = this;
    await attempt(() => images.complete());
    if (images === this.images) this.selection.selectAll();
  }

  showSelection() {
    const { selected } = this;
    const total = this.images?.total ?? 0;
    this.bulk.show({ selected, total, inBin: this.inBin, busy: this.busy });
    this.filters.states.hidden = !this.bulk.element.hidden || this.inBin;
    this.scroller.classList.toggle("selecting", selected > 0);
    this.grid?.each((tile) => tile.image && setSelected(tile, this.selection.has(tile.image.id)));
  }

  /** The selection as the body of a request. */
  chosen() {
    return this.selection.body(asText(this.params));
  }

  async act(action, value = "") {
    if (this.selected === 0 || this.busy) return;
    await this.working((steps) => act(this.projectId, { action, value, ...this.chosen() }, steps));
  }

  /** Something that takes a while: shown in the bar until it has ended. */
  async working(run) {
    const onProgress = (told) => {
      this.busy = told;
      this.showSelection();
    };
    const onDone = () => {
      this.busy = null;
      this.selection.clear();
      this.showSelection();
      this.refresh();
    };
    await attempt(() => run({ onProgress, onDone }));
    this.busy = null;
    this.showSelection();
  }

  askEmptyBin() {
    const { total } = this.images;
    const text = `${count(total, "image")} with all boxes and their history are deleted for good. Files that another project uses stay.`;
    const run = () => void this.working((steps) => emptyBin(this.projectId, steps));
    openDialog({ title: "Empty the bin?", body: [h("p", {}, text)], actions: [{ label: "Cancel" }, { label: "Delete for good", danger: true, run }] });
  }

  toggleBin() {
    if (this.inBin) writeQuery({ deleted: null }, { push: true });
    else {
      clearFilter();
      writeQuery({ deleted: "true" });
    }
    this.open();
  }

  uploadStep() {
    this.upload.show(this.queue);
    if (this.queue.finished > 0) this.refreshSoon();
  }

  askImport() {
    askImport(this.projectId, (job) => followImport(this.importPanel, job, () => this.refreshSoon()));
  }
}

/** Resolves once the first screen of thumbnails is there. */
export async function mount(element) {
  const projectId = currentProject();
  if (projectId === null) return; // The top bar opens a project or the list of them.
  await new ImagesPage(element, projectId).open(keptPlace());
}

function diskTitle({ features_bytes: features }) {
  const own = "Images and models of this project.";
  return features ? `${own} Beside them, for all projects together: ${bytes(features)} prepared for training, in the folder features/.` : own;
}
