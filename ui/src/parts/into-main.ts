// Where menus and tooltips are put: inside the main landmark, so that a screen reader meets them where they belong.

export const intoMain = (): HTMLElement => document.getElementById('main') ?? document.body;
