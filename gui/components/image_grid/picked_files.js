// From what a person dropped or chose to a flat list of files, folders walked through.

// What the server can read; in a folder all else is left alone (a file chosen by itself is always tried).
const PICTURE = /\.(jpe?g|jpe|jfif|png|webp|bmp|dib|gif|tiff?|hei[cf]|avif|zip)$/i;

/** {files: File[], others: how many files of other kinds lay in the folders, labels: some of them look like labels}. */
export function sortPicked(files, { fromFolder }) {
  if (!fromFolder) return { files, others: 0, labels: false };
  const visible = files.filter((file) => !file.name.startsWith("."));
  const taken = visible.filter((file) => PICTURE.test(file.name));
  const rest = visible.filter((file) => !PICTURE.test(file.name));
  return { files: taken, others: rest.length, labels: rest.some((file) => /\.(xml|json|txt|ya?ml)$/i.test(file.name)) };
}

/** The files of a drop. Entries must be read at once: the browser empties the list when the event is over. */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return sortPicked([...transfer.files], { fromFolder: false });
  const loose = await Promise.all(entries.filter((entry) => entry.isFile).map(fileOf));
  const nested = [];
  for (const entry of entries.filter((one) => one.isDirectory)) nested.push(...(await filesBelow(entry)));
  const inFolders = sortPicked(nested, { fromFolder: true });
  return { ...inFolders, files: [...loose, ...inFolders.files] };
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function filesBelow(folder) {
  const found = [];
  const reader = folder.createReader();
  const more = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  // A reader hands out at most a hundred at a time and ends with an empty list.
  for (let entries = await more(); entries.length > 0; entries = await more()) {
    for (const entry of entries) found.push(...(entry.isDirectory ? await filesBelow(entry) : [await fileOf(entry)]));
  }
  return found;
}

/** Let the person choose: "files" or "folder". Resolves to the same as droppedFiles, or to null when nothing was chosen. */
export function chooseFiles(what) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  if (what === "folder") input.webkitdirectory = true;
  else input.accept = "image/*,.zip,.heic,.heif,.tif,.tiff";
  return new Promise((resolve) => {
    input.addEventListener("cancel", () => resolve(null));
    input.addEventListener("change", () => resolve(sortPicked([...input.files], { fromFolder: what === "folder" })));
    input.click();
  });
}
