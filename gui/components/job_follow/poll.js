// Asks again and again while the page is seen, faster while something moves. One request in flight at most.

/**
 * @param {HTMLElement} element polling ends when it has left the page
 * @param {() => Promise<number|null>} ask returns the milliseconds until the next call; null ends the polling
 * @returns {{now: () => void, stop: () => void}} `now` asks at once (after a click)
 */
export function poll(element, ask) {
  let timer = null;
  let asking = false;
  let again = false;
  let stopped = false;
  let failures = 0;

  async function run() {
    clearTimeout(timer);
    if (stopped) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    let wait;
    try {
      wait = await ask();
      failures = 0;
    } catch {
      // The server restarts or the network is away: keep asking, more and more slowly, up to 10 s.
      failures += 1;
      wait = Math.min(10000, 1000 * 2 ** failures);
    }
    asking = false;
    if (!element.isConnected) stop();
    if (again) {
      again = false;
      run();
    } else if (wait !== null && !stopped && !document.hidden) {
      timer = setTimeout(run, wait);
    }
  }

  const seen = () => {
    if (!document.hidden) run();
  };

  function stop() {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  }

  document.addEventListener("visibilitychange", seen);
  run();
  return { now: run, stop };
}
