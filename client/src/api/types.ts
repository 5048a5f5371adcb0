/** The names under which the rest of the client knows the contract's schemas. */
export interface User {
  id: string;
  handle: string;
  display_name: string;
}

export interface Session {
  user: User;
  access_token: string;
  /** Seconds. */
  expires_in: number;
}

export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  sender_id: string;
  client_msg_id: string;
  text: string;
  created_at: string;
}

export interface Receipt {
  user_id: string | null;
  delivered_seq: number;
  read_seq: number;
}

export interface TopicPosition {
  name: string;
  epoch: string;
  offset: number;
}

export interface Conversation {
  id: string;
  kind: 'direct' | 'group';
  title: string | null;
  members: User[];
  created_at: string;
  last_message: Message | null;
  unread_count: number;
  delivered_seq: number;
  read_seq: number;
  receipts: Receipt[];
  topic: TopicPosition;
}

export interface MessagePage {
  messages: Message[];
  has_more: boolean;
  topic: TopicPosition;
}

export interface ClientConfig {
  sign_up_open: boolean;
  realtime: { websocket_url: string; notification_sse_url: string };
  limits: {
    message_max_chars: number;
    handle_max_chars: number;
    group_max_members: number;
    subscriptions_max: number;
  };
  features: string[];
}
