export { product_sale } from './product_sale.ts'
export { product_upload } from './product_upload.ts'
export { product_rating } from './product_rating.ts'
