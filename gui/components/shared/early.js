// Mounts the parts of a page before the page framework has started, and hands them over to their places in it.
//
// The server writes <div id="bl-ahead"> with an element for each part into the pages that are shown so (gui/page_ahead.py);
// it covers the window until the framework has a place for each. On other pages a part is mounted in its place at once.

const PATIENCE_MS = 1000; // for the processor to have nothing better to do, once the first screen is there

const cover = document.getElementById("bl-ahead");
const mounted = new Map(); // name of a part -> its element, until it is handed over
const places = new Map(); // name of a part -> where the framework wants it

if (cover) mountAhead();

function mountAhead() {
  const shown = [...cover.querySelectorAll("[data-module]")].map((element) => {
    const { module, props } = element.dataset;
    mounted.set(module, element);
    return mount(module, element, JSON.parse(props));
  });
  Promise.allSettled(shown).then(() => {
    const begin = () => window.boxloopBegin?.();
    if (window.requestIdleCallback) requestIdleCallback(begin, { timeout: PATIENCE_MS });
    else setTimeout(begin);
  });
}

async function mount(name, element, ...given) {
  try {
    const module = await import(`../${name}/main.js`);
    await module.mount(element, ...given);
  } catch (error) {
    console.error(error);
    element.textContent = "This part of the page did not load. Reload the page to try again.";
  }
}

/** The framework has a place for the part `name`: what stands there already moves in, else it is mounted now. */
export function settle(name, place, ...given) {
  if (!mounted.has(name)) return mount(name, place, ...given);
  places.set(name, place);
  // All in one step, so that nothing is seen twice or not at all.
  if (places.size === mounted.size) handOver();
}

function handOver() {
  const keeps = [...cover.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft).map((one) => [one, one.scrollTop, one.scrollLeft]);
  const focused = cover.contains(document.activeElement) ? document.activeElement : null;
  for (const [name, place] of places) {
    place.replaceChildren();
    move(mounted.get(name), place);
  }
  mounted.clear();
  places.clear();
  cover.remove();
  for (const [one, top, left] of keeps) if (one.scrollTop !== top || one.scrollLeft !== left) Object.assign(one, { scrollTop: top, scrollLeft: left });
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** Where the browser can, without taking it out of the document: scrolling, focus and typing go on undisturbed. */
function move(element, place) {
  if (place.moveBefore && place.isConnected) place.moveBefore(element, null);
  else place.append(element);
}
