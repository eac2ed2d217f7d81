import dash
import dash_core_components as dcc
import dash_html_components as html
import dash_table
from dash.dependencies import Input, Output

app = dash.Dash(__name__)
app.layout = html.Div([dcc.Input(id="name"), dash_table.DataTable(id="table")])


if __name__ == "__main__":
    app.run_server(debug=True, host="0.0.0.0")
