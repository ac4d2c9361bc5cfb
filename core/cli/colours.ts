// Colours of the command line. Node looks at the terminal and at NO_COLOR for each text, so that what goes into a file or a
// pipe has none, also where a build system says CI=true.

import { styleText } from 'node:util';

export const bold = (text: string): string => styleText('bold', text);
export const dim = (text: string): string => styleText('dim', text);
export const green = (text: string): string => styleText('green', text);
export const red = (text: string): string => styleText('red', text);
export const yellow = (text: string): string => styleText('yellow', text);
export const cyan = (text: string): string => styleText('cyan', text);
