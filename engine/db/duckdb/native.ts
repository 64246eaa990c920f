import { createRequire } from 'node:module'
import type { DuckDBDataChunk } from '@duckdb/node-api'

type Chunk = DuckDBDataChunk['chunk']
/** A handle to one column of a chunk. */
export interface Vector { readonly __vector: never }

/** The few native functions that read and write whole columns, without an object for each value. */
interface Native {
  data_chunk_get_vector(chunk: Chunk, column: number): Vector
  vector_get_data(vector: Vector, bytes: number): Uint8Array
  vector_get_validity(vector: Vector, bytes: number): Uint8Array | null
  vector_ensure_validity_writable(vector: Vector): void
  vector_assign_string_element(vector: Vector, index: number, text: string): void
  vector_assign_string_element_len(vector: Vector, index: number, bytes: Uint8Array): void
  get_data_from_pointer(buffer: ArrayBufferLike, offset: number, bytes: number): Uint8Array
  copy_data_to_vector(vector: Vector, at: number, source: ArrayBufferLike, from: number, bytes: number): void
  copy_data_to_vector_validity(vector: Vector, at: number, source: ArrayBufferLike, from: number, bytes: number): void
}

// The very copy that node-api itself uses: a handle means nothing to another one.
const resolve = createRequire(import.meta.url)
export const native = createRequire(resolve.resolve('@duckdb/node-api'))('@duckdb/node-bindings') as Native
