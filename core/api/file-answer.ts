// A file as the answer to a request, instead of JSON.

export class FileAnswer {
  readonly file: string;
  /** Under which it is kept by whoever asked. */
  readonly name: string;
  constructor(file: string, name: string) {
    this.file = file;
    this.name = name;
  }
}
