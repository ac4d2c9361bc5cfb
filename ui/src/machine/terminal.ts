// A terminal of xterm.js under the strict policy. xterm writes its styles as text into <style> elements and style attributes, which `default-src 'self'`
// refuses; here it is given elements that put the same text into constructed style sheets and the CSSOM, which no policy is about.

import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

export type Screen = {
  write(bytes: Uint8Array): void;
  focus(): void;
  close(): void;
};

type ScreenOptions = {
  label: string;
  typed(bytes: Uint8Array): void;
  /** Ctrl+] as at the command line, or Ctrl+F6 where a keyboard has no such key. */
  left(): void;
};

export function openScreen(place: HTMLElement, { label, typed, left }: ScreenOptions): Screen {
  const stop = styleByObjects();
  const terminal = new Terminal({
    cols: 80,
    rows: 24,
    scrollback: 5000,
    fontFamily: 'ui-monospace, "Liberation Mono", Menlo, Consolas, monospace',
    fontSize: 14,
    // Firmware likes dark blue on black (WCAG 2.2, 1.4.3).
    minimumContrastRatio: 4.5,
    screenReaderMode: true,
  });
  terminal.attachCustomKeyEventHandler((event) => {
    if (!event.ctrlKey || event.altKey || (event.key !== ']' && event.key !== 'F6')) return true;
    event.preventDefault();
    if (event.type === 'keydown') left();
    return false;
  });
  const encoder = new TextEncoder();
  terminal.onData((text) => typed(encoder.encode(text)));
  terminal.onBinary((text) => typed(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
  terminal.open(place);
  terminal.textarea?.setAttribute('aria-label', label);
  return {
    write: (bytes) => terminal.write(bytes),
    focus: () => terminal.focus(),
    close() {
      terminal.dispose();
      stop();
    },
  };
}

/**
 * From now on, until what it returns is called. For the whole page, because xterm 6 asks the window's document for most of its elements, whatever
 * document it was given; nothing else here makes style elements, or sets the style attribute of a span.
 */
function styleByObjects(): () => void {
  const sheets: CSSStyleSheet[] = [];
  const create = (name: string): HTMLElement => Document.prototype.createElement.call(document, name);
  const makeStyle = (): HTMLElement => {
    // It shows nothing, as a <style>.
    const made = create('template');
    const sheet = new CSSStyleSheet();
    sheets.push(sheet);
    document.adoptedStyleSheets.push(sheet);
    Object.defineProperty(made, 'textContent', {
      set(css: string) {
        sheet.replaceSync(css);
      },
    });
    return made;
  };
  // Their style is for colours beyond the 16 of every terminal.
  const makeSpan = (): HTMLElement => {
    const made = create('span');
    made.setAttribute = (attribute, value) => {
      if (attribute === 'style') made.style.cssText = value;
      else Element.prototype.setAttribute.call(made, attribute, value);
    };
    return made;
  };
  const createElement = (name: string) => (name === 'style' ? makeStyle() : name === 'span' ? makeSpan() : create(name));
  Object.defineProperty(document, 'createElement', { value: createElement, configurable: true });
  return () => {
    Reflect.deleteProperty(document, 'createElement');
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet));
  };
}
