/**
 * A place in an object: the value there, whatever it is, and its path. Reading below something that is missing or of
 * another type gives a place without a value, so strangers' objects need no care of their own.
 */
export class Field {
  readonly value: unknown;
  readonly #parent: Field | undefined;
  readonly #segment: string;

  private constructor(value: unknown, parent: Field | undefined, segment: string) {
    this.value = value;
    this.#parent = parent;
    this.#segment = segment;
  }

  static root(value: unknown): Field {
    return new Field(value, undefined, '');
  }

  /** The field some keys below: `field.at('spec', 'replicas')`. */
  at(...keys: readonly string[]): Field {
    let field: Field = this;
    for (const key of keys) {
      const { value } = field;
      const below = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
      field = new Field(below, field, key);
    }
    return field;
  }

  /** The items of a list; none when this is no list. */
  items(): readonly Field[] {
    return Array.isArray(this.value)
      ? this.value.map((item, index) => new Field(item, this, indexOf(item, index)))
      : [];
  }

  /** `spec.containers[name=web].image`: list items by name, those without one by index. */
  get path(): string {
    if (this.#parent === undefined) return '';
    const above = this.#parent.path;
    if (this.#segment.startsWith('[')) return `${above}${this.#segment}`;
    const segment = plainKey.test(this.#segment) ? this.#segment : JSON.stringify(this.#segment);
    return above === '' ? segment : `${above}.${segment}`;
  }

  /** Something other than null is there. */
  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  get isTrue(): boolean {
    return this.value === true;
  }

  get isFalse(): boolean {
    return this.value === false;
  }

  /** The texts of a list; items of other types are left out. */
  get texts(): readonly string[] {
    return Array.isArray(this.value) ? this.value.filter((item) => typeof item === 'string') : [];
  }

  /** The entries of a map whose values are text. */
  get textMap(): Readonly<Record<string, string>> {
    if (!isRecord(this.value)) return {};
    const entries = Object.entries(this.value).filter(([, entry]) => typeof entry === 'string');
    return Object.fromEntries(entries) as Record<string, string>;
  }
}

const plainKey = /^[A-Za-z0-9_-]+$/;
/** What may stand between brackets as it is. */
const plainName = /^[A-Za-z0-9._/-]+$/;

function indexOf(item: unknown, index: number): string {
  const name = isRecord(item) ? item['name'] : undefined;
  return typeof name === 'string' && plainName.test(name) ? `[name=${name}]` : `[${index}]`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
