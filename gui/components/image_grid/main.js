// The Images page: bring pictures in, look through them, filter, delete. The address holds what is shown.

import { api } from "../shared/api.js";
import { debounce, fill, h } from "../shared/dom.js";
import { bytes, count } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { menuButton } from "../shared/menu.js";
import { currentProject, onBack, pageLink, writeQuery } from "../shared/query.js";
import { attempt, toast } from "../shared/toast.js";
import { classColors } from "./box_painter.js";
import { bulkBar, deleteImages, restoreImages } from "./bulk_bar.js";
import { dropZone } from "./drop_zone.js";
import { emptyState } from "./empty_states.js";
import { clearFilter, filterBar, filterFromAddress, isFiltered } from "./filters.js";
import { gridKeys } from "./grid_keys.js";
import { ImageSource } from "./image_source.js";
import { askImport, followImport } from "./import_dialog.js";
import { chooseFiles } from "./picked_files.js";
import { Selection } from "./selection.js";
import { createTile, emptyTile, paintTile, setSelected, tileHeight } from "./tile.js";
import { UploadQueue } from "./upload_queue.js";
import { uploadPanel } from "./upload_panel.js";
import { VirtualGrid } from "./virtual_scroll.js";

class ImagesPage {
  constructor(element, projectId) {
    this.projectId = projectId;
    this.project = null;
    this.source = null;
    this.selection = new Selection(() => this.showSelection());
    this.filters = filterBar(() => this.open());
    this.bulk = bulkBar({
      onDelete: () => this.remove(),
      onRestore: () => this.restore(),
      onAll: () => this.selectAll(),
      onClear: () => this.selection.clear(),
    });
    this.upload = uploadPanel({ onImport: () => this.askImport() });
    this.importPanel = h("section", { class: "upload-panel", "aria-label": "Import", hidden: true });
    this.scroller = h("div", { class: "image-grid-scroller", role: "listbox", "aria-multiselectable": "true", "aria-label": "Images" });
    this.empty = h("div", { class: "image-empty", hidden: true });
    this.disk = h("span");
    this.status = h("footer", { class: "image-status bl-numeric" });
    this.notes = h("div", { class: "image-notes" });
    this.binButton = h("button", { class: "bl-button quiet", type: "button", onclick: () => this.toggleBin() });
    fill(element, this.layout());
    this.grid = new VirtualGrid(this.scroller, {
      tileWidth: innerWidth < 600 ? 150 : 190,
      tileHeight,
      create: (index) => this.tile(index),
      onRange: (first, last) => this.source?.want(first, last).catch(() => {}),
    });
    this.queue = new UploadQueue(projectId, () => this.uploadStep());
    this.refreshSoon = debounce(() => this.refresh(), 600);
    dropZone({ hint: "Drop images, folders or a zip to add them", onFiles: (picked) => this.queue.add(picked) });
    this.listen();
  }

  layout() {
    const add = h("button", { class: "bl-button primary", type: "button", "data-needs": "labeller" }, icon("add"), "Add images", icon("chevron"));
    menuButton(add, () => this.addItems(), { label: "Add images" });
    this.toolbar = h("div", { class: "image-toolbar" }, this.filters.element, this.bulk.element, this.binButton, add);
    return h(
      "main",
      { class: "bl-page fixed images-page" },
      this.toolbar,
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
    onBack(() => this.open());
    this.scroller.addEventListener("click", (event) => this.click(event));
    addEventListener("boxloop:job-ended", () => this.refreshSoon());
    addEventListener("beforeunload", (event) => this.queue.busy && event.preventDefault());
    // Coming back from the Label page by the Back button shows the page as it was kept; read what changed meanwhile.
    addEventListener("pageshow", (event) => event.persisted && this.refresh());
    gridKeys({
      grid: this.grid,
      search: this.filters.search,
      count: () => this.source?.total ?? 0,
      toggle: (index) => this.toggle(index),
      extend: (index) => this.extend(index),
      selectAll: () => page.selectAll(),
      clear: () => page.selection.clear(),
      remove: () => (page.inBin ? undefined : page.remove()),
    });
  }

  get inBin() {
    return Boolean(filterFromAddress().deleted);
  }

  /** Show what the address says, from the start. */
  async open() {
    this.source?.stop();
    this.selection.clear();
    const source = new ImageSource(this.projectId, {
      params: { ...filterFromAddress(), boxes: 1 },
      onChange: (first, last) => source === this.source && this.imagesCame(first, last),
      onError: (error) => toast(error.message, { kind: "error" }),
    });
    this.source = source;
    const [project] = (await attempt(() => Promise.all([this.readProject(), source.load()]))) ?? [];
    if (!project || source !== this.source) return;
    this.show();
    this.grid.updateAll();
    this.scroller.scrollTop = 0;
    this.readDisk();
  }

  async readProject() {
    this.project = await api.get(`/api/projects/${this.projectId}`);
    this.colors = classColors(this.project);
    return this.project;
  }

  /** Apart from everything else, because the server looks at each file for it. */
  async readDisk() {
    const disk = await attempt(() => api.get(`/api/projects/${this.projectId}/disk`));
    if (disk) this.disk.replaceWith((this.disk = h("span", { title: diskTitle(disk) }, `${bytes(disk.disk_bytes)} on disk`)));
  }

  /** Read counts and images again without losing the place. */
  async refresh() {
    const { source } = this;
    if (!source) return;
    const results = await attempt(() => Promise.all([this.readProject(), source.refresh()]));
    if (!results || source !== this.source) return;
    this.show();
    if (results[1]) this.grid.updateAll();
  }

  show() {
    const { project, source } = this;
    this.filters.show(project);
    this.grid.setCount(source.total);
    this.showEmpty();
    fill(this.binButton, icon(this.inBin ? "back" : "bin"), this.inBin ? "Leave the bin" : "Bin");
    this.toolbar.classList.toggle("in-bin", this.inBin);
    const shown = isFiltered() || this.inBin ? `${count(source.total, "image")} shown, ` : "";
    fill(
      this.status,
      `${shown}${count(project.counts.images, "image")}, ${count(project.counts.boxes, "box", "boxes")}`,
      h("span", { class: "bl-grow" }),
      this.disk,
    );
    fill(this.notes, project.warnings.map((text) => h("div", { class: "bl-note warn" }, icon("warning"), text)));
    this.showSelection();
  }

  showEmpty() {
    const isEmpty = this.source.total === 0;
    this.empty.hidden = !isEmpty;
    this.scroller.hidden = isEmpty;
    if (!isEmpty) return;
    const actions = {
      choose: this.addItems()[0].run,
      clear: () => {
        clearFilter();
        this.open();
      },
    };
    fill(this.empty, emptyState({ inBin: this.inBin, filtered: isFiltered(), busy: this.queue.busy }, actions));
  }

  tile(index) {
    const image = this.source.get(index);
    if (!image) return emptyTile();
    const tile = createTile(image, {
      href: this.inBin ? null : pageLink("/label", { image: image.id }),
      selectable: true,
      selected: this.selection.has(image.id),
    });
    // Painted once the tile has its place and size.
    queueMicrotask(() => tile.isConnected && paintTile(tile, [{ boxes: image.annotations }], { colors: this.colors }));
    return tile;
  }

  imagesCame(first, last) {
    this.grid.setCount(this.source.total);
    this.grid.each((_, index) => index >= first && index <= last && this.grid.update(index));
  }

  click(event) {
    const tile = event.target.closest(".image-tile[data-image]");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const onTick = event.target.closest(".image-tile-tick");
    const selects = onTick || this.selection.size > 0 || event.ctrlKey || event.metaKey || event.shiftKey || this.inBin;
    if (!selects) return;
    event.preventDefault();
    if (event.shiftKey) this.extend(index);
    else this.toggle(index);
  }

  toggle(index) {
    const image = this.source.get(index);
    if (image) this.selection.toggle(image.id, index);
  }

  extend(index) {
    this.selection.extend(index, (place) => this.source.get(place)?.id ?? null);
  }

  async selectAll() {
    const { source } = this;
    const items = await attempt(() => source.all());
    if (items && source === this.source) this.selection.set(items.map((image) => image.id));
  }

  showSelection() {
    const { selection } = this;
    this.bulk.show({ selected: selection.size, total: this.source?.total ?? 0, inBin: this.inBin });
    this.filters.element.hidden = selection.size > 0;
    this.scroller.classList.toggle("selecting", selection.size > 0);
    this.grid?.each((tile) => tile.image && setSelected(tile, selection.has(tile.image.id)));
  }

  async remove() {
    const ids = [...this.selection.ids];
    if (ids.length === 0) return;
    await attempt(() => deleteImages(ids, () => this.reread()));
  }

  async restore() {
    await attempt(() => restoreImages([...this.selection.ids], () => this.reread()));
  }

  reread() {
    this.selection.clear();
    this.refresh();
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

export function mount(element) {
  const projectId = currentProject();
  if (projectId === null) return; // The top bar opens a project or the list of them.
  new ImagesPage(element, projectId).open();
}

function diskTitle({ features_bytes: features }) {
  const own = "Images and models of this project.";
  return features ? `${own} Beside them, for all projects together: ${bytes(features)} prepared for training, in the folder features/.` : own;
}
