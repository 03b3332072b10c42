// What costs a request for each project, fetched after the list is on the screen: first pictures and disk use.

import { api } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { bytes } from "../shared/format.js";
import { icon } from "../shared/icons.js";

const THUMBS = 4;

export async function describeProject(card, project, { inBin }) {
  const thumbs = card.querySelector(".project-thumbs");
  fill(thumbs, icon("images", { size: 24 }));
  if (inBin) return; // What lies in the bin is not looked into.
  try {
    const [disk, page] = await Promise.all([
      api.get(`/api/projects/${project.id}/disk`),
      project.counts.images ? api.get(`/api/projects/${project.id}/images`, { params: { limit: THUMBS } }) : { items: [] },
    ]);
    fill(card.querySelector(".project-disk"), bytes(disk.disk_bytes));
    if (page.items.length === 0) return;
    const pictures = page.items.slice(0, THUMBS);
    fill(thumbs, pictures.map((image) => h("img", { src: image.thumb_url, alt: "", loading: "lazy", decoding: "async" })));
  } catch {
    // The card stays without pictures; whatever is wrong is said where the project is opened.
  }
}
