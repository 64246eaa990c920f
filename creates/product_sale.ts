import { create } from 'starline'

// Pasted from MySQL as it was: what another database has no word for is left out there.
export const product_sale = create(`
  CREATE TABLE \`product_sale_fact\` (
    \`date_fk\`            INT            NOT NULL,
    \`local_date_fk\`      INT            NOT NULL,
    \`product_fk\`         INT            NOT NULL,
    \`seller_fk\`          INT            NOT NULL,
    \`buyer_fk\`           INT            NOT NULL,
    \`course_fk\`          INT            NOT NULL,
    \`school_fk\`          INT            NOT NULL,
    \`payment_source_fk\`  INT            NOT NULL,
    \`affiliate_fk\`       INT            NOT NULL,
    \`site_fk\`            INT            NOT NULL,
    \`order_number\`       VARCHAR(20)    NOT NULL,
    \`line_number\`        INT            NOT NULL,
    \`sold_at\`            TIMESTAMP      NOT NULL,
    \`quantity\`           INT            NOT NULL,
    \`unit_price\`         DECIMAL(8,2)   NOT NULL,
    \`discount\`           DECIMAL(8,2)   NOT NULL,
    \`amount\`             DECIMAL(10,2)  NOT NULL,
    UNIQUE KEY \`grain\` (\`order_number\`, \`line_number\`),
    KEY \`by_date\` (\`date_fk\`),
    KEY \`by_product\` (\`product_fk\`),
    FOREIGN KEY (\`product_fk\`) REFERENCES \`product_dim\` (\`product_key\`),
    FOREIGN KEY (\`buyer_fk\`) REFERENCES \`user_dim\` (\`user_key\`)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
`)
