import { scd1 } from 'starline'
import { product as source } from '../sources/product.ts'
import { product as create } from '../creates/product.ts'

/** One member is one set of notes that is or was for sale; drafts are not known here. */
export const product = scd1({ source, create, key: 'product_key', lookup: ['product_id'] })
