import { createMessage, type Message } from './protobuf.ts';

/** An attribute of an ONNX node: whole numbers as `{ int }` or `{ ints }`, others as `{ float }`, texts as `{ text }`. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string };

/** An ONNX graph under construction. */
export interface OnnxGraph {
  /** Stores a tensor. @returns its name */
  constant(name: string, shape: readonly number[], data: Float32Array | BigInt64Array): string;
  /** Appends a node with one output. @returns the output's name, which is the node's */
  node(
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  /** The whole model file, with one input and one output, both float32 with a batch of any size. */
  model(name: string, input: Value, output: Value, metadata: Readonly<Record<string, string>>): Uint8Array;
}

interface Value {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
}

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;
/** The last set in which reductions take their axes as attribute. */
const OPERATOR_SET = 17;

/** @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto for the numbers of the fields */
export function createOnnxGraph(): OnnxGraph {
  const nodes: Message[] = [];
  const constants: Message[] = [];
  return {
    constant(name, shape, data) {
      const tensor = createMessage();
      for (const length of shape) tensor.integer(1, length);
      tensor
        .integer(2, data instanceof Float32Array ? FLOAT : INT64)
        .text(8, name)
        .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      constants.push(tensor);
      return name;
    },
    node(operator, name, inputs, attributes = {}) {
      const node = createMessage();
      for (const input of inputs) node.text(1, input);
      node.text(2, name).text(3, name).text(4, operator);
      for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
      nodes.push(node);
      return name;
    },
    model(name, input, output, metadata) {
      const graph = createMessage();
      for (const node of nodes) graph.message(1, node);
      graph.text(2, name);
      for (const tensor of constants) graph.message(5, tensor);
      graph.message(11, valueInfo(input)).message(12, valueInfo(output));
      const model = createMessage()
        .integer(1, IR_VERSION)
        .text(2, '@ft/models')
        .message(7, graph)
        .message(8, createMessage().text(1, '').integer(2, OPERATOR_SET));
      for (const [key, value] of Object.entries(metadata)) {
        model.message(14, createMessage().text(1, key).text(2, value));
      }
      const file = new Uint8Array(model.length);
      let at = 0;
      for (const part of model.parts) {
        file.set(part, at);
        at += part.length;
      }
      return file;
    },
  };
}

function attribute(name: string, value: OnnxAttribute): Message {
  const message = createMessage().text(1, name);
  if ('float' in value) return message.float(2, value.float).integer(20, 1);
  if ('int' in value) return message.integer(3, value.int).integer(20, 2);
  if ('text' in value) return message.text(4, value.text).integer(20, 3);
  for (const item of value.ints) message.integer(8, item);
  return message.integer(20, 7);
}

function valueInfo({ name, shape }: Value): Message {
  const dimensions = createMessage().message(1, createMessage().text(2, 'batch'));
  for (const length of shape) dimensions.message(1, createMessage().integer(1, length));
  const tensor = createMessage().integer(1, FLOAT).message(2, dimensions);
  return createMessage().text(1, name).message(2, createMessage().message(1, tensor));
}
