// Nobody who works by the keyboard is thrown back to the beginning of the page when what they stood on is drawn elsewhere, or is gone: a machine that
// moved to another group, a button whose work is done, an entry of a menu that a dialog replaced. The focus goes after it, or to what stood nearest.

/** Where the focus was: the element, what it stood in from the inside out, and which one it was in each of these. */
type Place = { element: HTMLElement; within: { around: HTMLElement; at: number }[] };

/** As many as dialogs and menus could stand over one another. */
const REMEMBERED = 20;
const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]';
const TYPED_INTO = 'input:not([type=checkbox], [type=radio]), textarea, [contenteditable=true]';
/** Further out nothing is near any more. */
const PARTS = '#main, header, nav, [aria-modal=true]';

/** Until what it returns is called. */
export function keepFocus(): () => void {
  const places: Place[] = [];
  let looking = false;

  const remember = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement) || places.at(-1)?.element === target) return;
    places.push({ element: target, within: surroundings(target) });
    if (places.length > REMEMBERED) places.shift();
  };
  // Who clicks beside everything has left it on purpose.
  const leave = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget || !document.hasFocus()) return;
    setTimeout(() => {
      if (isNowhere() && target instanceof HTMLElement && canTake(target)) places.length = 0;
    });
  };
  const look = () => {
    looking = false;
    if (!isNowhere()) return;
    const last = places.at(-1);
    // One that only waits for an answer is not gone: it gets the focus back with it, and Tab goes on from it meanwhile.
    if (!last || (last.element.isConnected && last.element.matches(':disabled'))) return;
    const modal = [...document.querySelectorAll<HTMLElement>('[aria-modal=true]')].at(-1);
    while (places.length) {
      const found = nearest(places.at(-1)!, modal);
      if (found) return found.focus({ preventScroll: true });
      places.pop();
    }
    (modal ?? document.querySelector<HTMLElement>('#main h1[tabindex]'))?.focus({ preventScroll: true });
  };
  const changed = () => {
    if (looking || !isNowhere() || !places.length) return;
    looking = true;
    // Whoever took something away may be about to say where the focus goes.
    requestAnimationFrame(() => setTimeout(look));
  };
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', remember);
  document.addEventListener('focusout', leave);
  return () => {
    observer.disconnect();
    document.removeEventListener('focusin', remember);
    document.removeEventListener('focusout', leave);
  };
}

const isNowhere = (): boolean => !document.activeElement || document.activeElement === document.body;
const canTake = (element: HTMLElement): boolean => element.isConnected && !element.matches(':disabled') && element.checkVisibility();
const focusableIn = (around: HTMLElement): HTMLElement[] => [...around.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((one) => one.checkVisibility());
/** Not those that only scripts give the focus. */
const stopsIn = (around: HTMLElement): HTMLElement[] => focusableIn(around).filter(({ tabIndex }) => tabIndex >= 0);

function surroundings(element: HTMLElement): Place['within'] {
  const within = [];
  for (let around = element.parentElement; around && around !== document.body; around = around.parentElement) {
    within.push({ around, at: stopsIn(around).indexOf(element) });
    if (around.matches(PARTS)) break;
  }
  return within;
}

function nearest({ element, within }: Place, modal: HTMLElement | undefined): HTMLElement | undefined {
  const allowed = (one: HTMLElement) => !modal || modal.contains(one);
  if (canTake(element)) return allowed(element) ? element : undefined;
  const left = within.filter(({ around }) => around.isConnected && allowed(around));
  const name = nameOf(element);
  for (const { around } of left) {
    const same = name === undefined ? [] : focusableIn(around).filter((one) => nameOf(one) === name);
    if (same.length === 1) return same[0];
  }
  for (const { around, at } of left) {
    const stops = stopsIn(around).filter((one) => element.matches(TYPED_INTO) || !one.matches(TYPED_INTO));
    if (stops.length) return stops[Math.min(Math.max(at, 0), stops.length - 1)];
  }
  return undefined;
}

/** By which it is known again when it was drawn anew: where it leads, or what it is called. */
function nameOf(element: HTMLElement): string | undefined {
  if (element.id && !element.id.startsWith('_r')) return `#${element.id}`;
  const word = element.dataset.known ?? element.getAttribute('href') ?? element.getAttribute('aria-label') ?? element.textContent?.trim();
  return word ? `${element.localName} ${element.role ?? ''} ${word}` : undefined;
}
