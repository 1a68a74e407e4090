// Package bedrock is the provider type Bedrock: Converse and ConverseStream of the Bedrock runtime for chats with all its models,
// CountTokens, and InvokeModel for embeddings. The proxy signs the requests.
//
// Converse is one form for the models of many makers, and additionalModelRequestFields takes what only one of them knows. How a
// Claude model has to be asked (its limits, its ways to think, the schemas that it can be held to) is the business of the package of
// Anthropic's protocol, whose decisions are written down here in Converse's words.
//
// Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and its data types, and the service
// model in https://github.com/aws/aws-sdk-go-v2/tree/main/service/bedrockruntime.
package bedrock
