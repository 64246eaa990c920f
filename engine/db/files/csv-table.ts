import { DataError } from '../../errors.ts'
import { quoteText } from '../duckdb/quote.ts'
import { castColumns } from './casts.ts'
import { lookThrough } from './csv-scan.ts'
import type { CsvBeginning, CsvLook, CsvShape } from './csv-scan.ts'
import type { TableFile } from './folder.ts'

const LONGEST_ROW = 2_000_000

/** A CSV or TSV file as a table. Its beginning is looked at from now on, and the rest when somebody wants to be sure of it. */
export class CsvTable {
  readonly #file: TableFile
  readonly #delimiter: ',' | '\t'
  readonly #nulls: readonly string[]
  readonly #look: CsvLook
  /** What is known of it by now. */
  #seen: CsvBeginning | undefined
  /** Asks DuckDB for a number. */
  readonly #ask: (sql: string) => Promise<number>
  readonly #counts = new Map<string, Promise<number>>()
  #isProven = false

  constructor(file: TableFile, nulls: readonly string[], ask: (sql: string) => Promise<number>) {
    this.#file = file
    this.#delimiter = file.kind === 'tsv' ? '\t' : ','
    this.#nulls = nulls
    this.#ask = ask
    this.#look = lookThrough(file.path, file.shown, this.#delimiter)
    this.#look.begun.then((seen) => { this.#seen ??= seen }, () => {})
  }

  /** What its header names, where that is known by now. */
  get columns(): readonly string[] | undefined {
    return this.#seen?.columns
  }

  giveUp(): void {
    this.#look.giveUp()
  }

  /** The SELECT that is the table, by what is seen of the file until now: who runs it asks for `sure` afterwards. */
  async early(): Promise<string> {
    const seen = this.#seen ?? await this.#look.begun
    return this.#select(isUsual(seen) ? seen : await this.#whole())
  }

  /** The same when the file is looked through. @throws {DataError} naming the file and the line that is none of a CSV file */
  async sure(): Promise<string> {
    return this.#select(await this.#whole())
  }

  /** DuckDB counts the rows while we look, as if the file were one of the usual kind. */
  async countBeside(): Promise<void> {
    const seen = this.#seen ?? await this.#look.begun
    if (!this.#isProven && isUsual(seen)) this.#count(this.#reader(seen)).catch(() => {})
  }

  /**
   * Both must see as many rows, for a reader that loses some says nothing: DuckDB's reads none where it is told that lines end in CR LF.
   * `read` are those of a statement that leaves none out; else DuckDB counts them.
   */
  async prove(read?: number): Promise<void> {
    const shape = await this.#whole()
    if (this.#isProven) return
    const count = read ?? await this.#count(this.#reader(shape))
    if (count !== shape.rows) throw new DataError(`the file has ${shape.rows} rows, and DuckDB reads ${count}`, { where: this.#file.shown })
    this.#isProven = true
  }

  async #whole(): Promise<CsvShape> {
    const shape = await this.#look.whole()
    this.#seen = shape
    return shape
  }

  #count(reader: string): Promise<number> {
    const count = this.#counts.get(reader) ?? this.#ask(`SELECT count(*) FROM ${reader}`)
    this.#counts.set(reader, count)
    return count
  }

  #select(seen: CsvBeginning): string {
    return `SELECT ${castColumns(this.#file.shown, seen.columns, this.#file.definition)} FROM ${this.#reader(seen)}`
  }

  /** Nothing is guessed: no dialect, no types, no rows skipped or filled up. */
  #reader({ columns, longest, wraps }: CsvBeginning): string {
    const { path } = this.#file
    const options = [
      'auto_detect = false', 'header = true', `delim = ${quoteText(this.#delimiter)}`, `quote = '"'`, `escape = '"'`, `comment = ''`,
      `nullstr = [${this.#nulls.map(quoteText).join(', ')}]`, 'allow_quoted_nulls = false',
      'strict_mode = true', 'null_padding = false', 'ignore_errors = false', `encoding = 'utf-8'`,
      `compression = ${path.toLowerCase().endsWith('.gz') ? `'gzip'` : `'none'`}`,
      // Where rows go over lines' ends, a reader that starts in the middle can only guess where one begins.
      `parallel = ${wraps ? 'false' : 'true'}`,
      ...isLong(longest) ? [`max_line_size = ${longest * 2}`, `buffer_size = ${longest * 32}`] : [],
      `columns = {${columns.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ')}}`,
    ]
    return `read_csv(${quoteText(path)}, ${options.join(', ')})`
  }
}

const isLong = (longest: number): boolean => longest > LONGEST_ROW / 2

/** As nearly all files are to their end. */
const isUsual = ({ longest, wraps }: CsvBeginning): boolean => !wraps && !isLong(longest)
