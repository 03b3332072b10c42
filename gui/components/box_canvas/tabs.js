/**
 * Which tabs of this browser have Boxloop open beside this one, so that each sends only its own edits.
 *
 * With the browser's locks (a secure context: https or this machine) every tab holds a lock of its own until it is
 * gone, crashed or closed. Elsewhere the tabs ask each other who is there.
 */

const ALIVE = "boxloop.tab.";
const ANSWER_WITHIN_MS = 250;

/**
 * @param {string} own this tab's name; from now on others can see it
 * @param {(name: string) => void} onGone called when one of the others is gone; never without the browser's locks
 * @returns {Promise<Set<string>>} names of the others, to which later ones are not added
 */
export async function livingTabs(own, onGone) {
  return navigator.locks ? byLocks(own, onGone) : byAsking(own);
}

/** @param {string} own @param {(name: string) => void} onGone @returns {Promise<Set<string>>} */
async function byLocks(own, onGone) {
  const held = (await navigator.locks.query()).held ?? [];
  const names = held.map((lock) => lock.name ?? "").filter((name) => name.startsWith(ALIVE));
  navigator.locks.request(ALIVE + own, () => new Promise(() => {})); // held until this tab is gone
  const tabs = names.map((name) => name.slice(ALIVE.length));
  for (const tab of tabs) navigator.locks.request(ALIVE + tab, () => onGone(tab)).catch(() => {}); // granted once it is gone
  return new Set(tabs);
}

/** @param {string} own @returns {Promise<Set<string>>} */
function byAsking(own) {
  const channel = new BroadcastChannel("boxloop.tabs");
  const found = new Set();
  channel.onmessage = ({ data }) => {
    if (data.here) found.add(data.here);
    else channel.postMessage({ here: own });
  };
  channel.postMessage({});
  return new Promise((done) => setTimeout(() => done(found), ANSWER_WITHIN_MS));
}
